#pragma once

#include "framework/conv/geometry.hpp"
#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Convolves each channel apart, with depth_multiplier kernels of its own.
///   in (N, H, W, C) -> out (N, h, w, C * M)
///   h = floor((H + pad - dilation*(kernel-1) - 1) / stride) + 1
/// depthwise_kernel (kh, kw, C, M), bias (C * M); output channel c * M + m is kernel m over input
/// channel c, as in Keras: a convolution of C groups.
class DepthwiseConv2D final : public Layer {
 public:
  struct Settings {
    Extent2 kernel_size{3, 3};
    Extent2 strides{1, 1};
    PaddingRule padding;
    Index depth_multiplier = 1;
    Extent2 dilation_rate{1, 1};
    bool use_bias = true;
    void keys(Keys& key);

    ConvGeometry geometry(const Plane& image) const;
    ParameterSpec kernel(const Plane& image) const;
  };
  explicit DepthwiseConv2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "DepthwiseConv2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  bool fuses_activation() const override { return true; }
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  std::optional<FoldedLayer> followed_by(const ChannelMap& map,
                                         std::span<const ConstView> parameters) const override;
  Index multiply_adds(const LayerShapes& shapes) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  ConvGeometry geometry(const LayerShapes& shapes) const;
  Settings settings_;
};

}  // namespace adjoint
