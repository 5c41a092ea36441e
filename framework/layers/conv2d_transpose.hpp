#pragma once

#include "framework/layers/convolution_layer.hpp"

namespace adjoint {

/// Transposed convolution: the adjoint of Conv2D with the same geometry, from the feature side to
/// the image side.
///   in (N, h, w, K) -> out (N, H, W, C)
///   H = (h-1)*stride + dilation*(kernel-1) + 1 - pad + output_padding
/// Kernel (kh, kw, C / groups, K), bias (C). Sizes in pixels; 0 <= output_padding < stride.
/// Without output_padding H is Keras's: stride * h for "same", (h-1)*stride + max(kernel, stride)
/// for "valid". Throws InputError if H or W would be < 1, or no image of the size asked for has
/// these features. Source: Dumoulin & Visin, arXiv:1603.07285, relationship 14; arguments as in
/// Keras.
class Conv2DTranspose final : public ConvolutionLayer {
 public:
  struct Settings : ConvolutionLayer::Settings {
    void keys(Keys& key);
  };
  explicit Conv2DTranspose(const ConvolutionLayer::Settings& settings)
      : ConvolutionLayer(settings) {}

  std::string_view type() const override { return "Conv2DTranspose"; }
  ConvGeometry geometry(const LayerShapes& shapes) const override;
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  std::optional<FoldedLayer> followed_by(const ChannelMap& map,
                                         std::span<const ConstView> parameters) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 protected:
  Product forward_product() const override { return Product::backward_data; }
};

}  // namespace adjoint
