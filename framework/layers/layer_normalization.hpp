#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Axes of a tensor, as Keras counts them: 0 is the batch, -1 the last.
struct Axes {
  Shape list{-1};
  bool operator==(const Axes&) const = default;
};

/// Normalizes each sample over its last axes to mean 0 and deviation 1, then scales and shifts each
/// element. Does not depend on the batch, nor on training.
///   in (N, ...) -> out (N, ...)
/// gamma, beta: the shape of the axes. axis = -1 normalizes the channels of each pixel, axis =
/// [1, 2, 3] a whole image. Throws InputError unless the axes are a sample's last ones.
/// Source: Ba et al., arXiv:1607.06450; as Keras's layer of that name.
class LayerNormalization final : public Layer {
 public:
  struct Settings {
    Axes axis;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    void keys(Keys& key);
  };
  explicit LayerNormalization(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "LayerNormalization"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes&) const override {
    return {.all = settings_.axis.list.rank() > 1};
  }

 private:
  /// Extents of the normalized axes of a sample.
  Shape normalized(const Shape& sample) const;
  std::size_t beta_index() const { return settings_.scale ? 1 : 0; }
  Settings settings_;
};

template <>
struct ConfigType<Axes> {
  static constexpr std::string_view name = "an integer or a list of integers";
  static bool read(const ConfigValue& from, Axes& value);
  static std::optional<ConfigValue> write(const Axes& value);
};

}  // namespace adjoint
