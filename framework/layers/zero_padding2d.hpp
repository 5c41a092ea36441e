#pragma once

#include "framework/layers/border.hpp"
#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Rows and columns around an image: zeros as in Keras, or, by `mode`, what tf.pad and numpy.pad
/// call reflect, symmetric and (numpy: edge) replicate.
///   in (N, H, W, C) -> out (N, top + H + bottom, left + W + right, C)
/// Throws InputError if the image is too small to be mirrored so far.
class ZeroPadding2D final : public Layer {
 public:
  struct Settings {
    Padding padding{1, 1, 1, 1};
    Border mode = Border::constant;
    void keys(Keys& key);
  };
  explicit ZeroPadding2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "ZeroPadding2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
