#pragma once

#include "framework/layers/depthwise_conv2d.hpp"

namespace adjoint {

/// A depthwise convolution, then a pointwise one that mixes its channels; nothing in between.
///   in (N, H, W, C) -> (N, h, w, C * M) -> out (N, h, w, K), sizes as DepthwiseConv2D's
/// depthwise_kernel (kh, kw, C, M), pointwise_kernel (1, 1, C * M, K), bias (K). What the first
/// gives is not kept for the backward pass, which computes it again.
/// Source: Chollet, arXiv:1610.02357; arguments as in Keras.
class SeparableConv2D final : public Layer {
 public:
  struct Settings : DepthwiseConv2D::Settings {
    Index filters = 0;
    void keys(Keys& key);
  };
  explicit SeparableConv2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "SeparableConv2D"; }
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
  /// Geometry of the depthwise convolution.
  ConvGeometry geometry(const LayerShapes& shapes) const;
  Settings settings_;
};

}  // namespace adjoint
