#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Lays the channels of each pixel out as a block of pixels (sub-pixel convolution's last step).
///   in (N, h, w, block^2 * C) -> out (N, h*block, w*block, C)
/// Channel (i * block + j) * C + c becomes channel c of the block's pixel (i, j): TensorFlow's
/// order for NHWC (tf.nn.depth_to_space), not that of PyTorch's PixelShuffle, which takes
/// c * block^2 + i * block + j.
/// Throws InputError unless block^2 divides the channels.
class DepthToSpace final : public Layer {
 public:
  struct Settings {
    Index block_size = 2;
    void keys(Keys& key);
  };
  explicit DepthToSpace(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "DepthToSpace"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
