#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Makes the pixels of each block channels of one pixel: the way back of DepthToSpace. No number is
/// lost, and what follows sees block times as far for block^2 times fewer pixels.
///   in (N, h * block, w * block, C) -> out (N, h, w, block^2 * C)
/// Channel c of a block's pixel (i, j) becomes channel (i * block + j) * C + c: TensorFlow's order
/// for NHWC (tf.nn.space_to_depth), not that of PyTorch's PixelUnshuffle.
/// Throws InputError unless block divides height and width.
class SpaceToDepth final : public Layer {
 public:
  struct Settings {
    Index block_size = 2;
    void keys(Keys& key);
  };
  explicit SpaceToDepth(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "SpaceToDepth"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
