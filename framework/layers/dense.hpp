#pragma once

#include "framework/layers/weight_settings.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Fully connected layer on the last axis, as Keras's Dense.
///   in (N, ..., C) -> out (N, ..., units)
/// Kernel (C, units), bias (units).
class Dense final : public Layer {
 public:
  struct Settings {
    Index units = 0;
    bool use_bias = true;
    WeightSettings weights = {};
    void keys(Keys& key);
  };
  explicit Dense(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Dense"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  bool fuses_activation() const override { return true; }
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  std::optional<FoldedLayer> followed_by(const ChannelMap& map,
                                         std::span<const ConstView> parameters) const override;
  Index multiply_adds(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
