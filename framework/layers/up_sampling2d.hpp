#pragma once

#include "framework/config/keys.hpp"
#include "framework/layers/layer.hpp"

namespace adjoint {

/// Enlarges an image by whole factors.
///   in (N, h, w, C) -> out (N, h*size, w*size, C)
/// "nearest" repeats pixels; "bilinear" interpolates between pixel centres, clamped at the border,
/// as tf.image.resize does (half-pixel centres) and so Keras.
class UpSampling2D final : public Layer {
 public:
  struct Settings {
    Extent2 size{2, 2};
    std::string interpolation = "nearest";
    void keys(Keys& key);
  };
  explicit UpSampling2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "UpSampling2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  Window window() const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
