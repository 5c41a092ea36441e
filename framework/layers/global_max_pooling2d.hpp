#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The maximum of each channel over a whole image.
///   in (N, H, W, C) -> out (N, C), or (N, 1, 1, C) with keepdims
/// Where several pixels hold the maximum they share its gradient, as in TensorFlow's reduce_max.
/// Throws InputError unless the input is an image.
class GlobalMaxPooling2D final : public Layer {
 public:
  struct Settings {
    bool keepdims = false;
    void keys(Keys& key);
  };
  explicit GlobalMaxPooling2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "GlobalMaxPooling2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true, .output = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes&) const override { return {.all = true}; }

 private:
  Settings settings_;
};

}  // namespace adjoint
