#pragma once

#include "framework/pointwise/activation.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// An activation as a config gives it: "relu", or { kind = "leaky_relu", negative_slope = 0.01 }.
struct ActivationSpec {
  std::string kind = "linear";
  double negative_slope = Activation{}.negative_slope;
  double alpha = Activation{}.alpha;
  bool approximate = Activation{}.approximate;

  Activation activation() const {
    return {activation_kind(kind), negative_slope, alpha, approximate};
  }
  /// Keys of an inline table.
  void keys(Keys& key);
  bool operator==(const ActivationSpec&) const = default;
};

template <>
struct ConfigType<ActivationSpec> {
  static constexpr std::string_view name =
      "an activation's name or { kind = \"leaky_relu\", negative_slope = 0.2 }, { kind = \"elu\", "
      "alpha = 1.0 }, { kind = \"gelu\", approximate = true }";
  static bool read(const ConfigValue& from, ActivationSpec& value);
  static std::optional<ConfigValue> write(const ActivationSpec& value);
};

/// The kind is one that there is.
Check<ActivationSpec> known_activation();

/// Settings of an Activation layer: the key that the other layers may have too.
struct ActivationSettings {
  ActivationSpec activation;
  void keys(Keys& key) {
    key.required("activation", activation, "activation function", known_activation());
  }
  operator Activation() const { return activation.activation(); }
};

}  // namespace adjoint
