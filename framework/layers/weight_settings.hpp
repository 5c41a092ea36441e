#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Initializers and regularizers of a layer's kernel and bias: settings that every layer
/// with a kernel has, under Keras's names.
struct WeightSettings {
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};

  /// All four keys.
  void keys(Keys& key);
  /// The bias's two, for a layer whose kernel is another's.
  void bias_keys(Keys& key);

  ParameterSpec kernel(const Shape& shape) const;
  ParameterSpec bias(Index size) const;
};

template <>
struct ConfigType<Initializer> {
  static constexpr std::string_view name =
      "an initializer: \"glorot_uniform\", \"glorot_normal\", \"he_uniform\", \"he_normal\", "
      "\"orthogonal\" or { kind = \"orthogonal\", gain = 1.0 }, \"bilinear\", \"icnr\" or { kind = "
      "\"icnr\", block_size = 2 }, \"zeros\", \"ones\"";
  static bool read(const ConfigValue& from, Initializer& value);
  static std::optional<ConfigValue> write(const Initializer& value);
};

template <>
struct ConfigType<Regularizer> {
  static constexpr std::string_view name = "{ l1 = 0.0, l2 = 1e-4 }, each at least 0";
  static bool read(const ConfigValue& from, Regularizer& value);
  /// Nothing for one that is 0.
  static std::optional<ConfigValue> write(const Regularizer& value);
};

}  // namespace adjoint
