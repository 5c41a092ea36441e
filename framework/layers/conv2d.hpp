#pragma once

#include "framework/layers/convolution_layer.hpp"

namespace adjoint {

/// Convolution, from the image side to the feature side.
///   in (N, H, W, C) -> out (N, h, w, K)
///   h = floor((H + pad - dilation*(kernel-1) - 1) / stride) + 1
/// Kernel (kh, kw, C / groups, K), bias (K). Sizes in pixels.
/// Throws InputError if the kernel does not fit or groups do not divide C and K.
/// Source: Dumoulin & Visin, arXiv:1603.07285, relationship 6; arguments as in Keras.
class Conv2D final : public ConvolutionLayer {
 public:
  struct Settings : ConvolutionLayer::Settings {
    void keys(Keys& key);
  };
  explicit Conv2D(const ConvolutionLayer::Settings& settings) : ConvolutionLayer(settings) {}

  std::string_view type() const override { return "Conv2D"; }
  ConvGeometry geometry(const LayerShapes& shapes) const override;
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  std::optional<FoldedLayer> followed_by(const ChannelMap& map,
                                         std::span<const ConstView> parameters) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 protected:
  Product forward_product() const override { return Product::forward; }
};

}  // namespace adjoint
