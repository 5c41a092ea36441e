#include "models/layer_window.hpp"

#include "framework/layers/convolution_layer.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/up_sampling2d.hpp"

namespace adjoint {
namespace {

/// Rows and columns of zeros, or of what stands for them, before the first pixel.
Padding padding_of(const Layer& layer, const LayerShapes& shapes) {
  if (const auto* convolution = dynamic_cast<const ConvolutionLayer*>(&layer)) {
    return convolution->geometry(shapes).padding;
  }
  if (const auto* pooling = dynamic_cast<const MaxPooling2D*>(&layer)) {
    const Shape& image = only(shapes);
    const Layer::Window window = layer.window();
    return ConvGeometry::from_image({.kernel = window.kernel,
                                     .stride = window.stride,
                                     .padding = pooling->settings().padding},
                                    {image[0], image[1], image[2]}, image[2])
        .padding;
  }
  if (const auto* upsampling = dynamic_cast<const UpSampling2D*>(&layer)) {
    const UpSampling2D::Settings& settings = upsampling->settings();
    if (settings.interpolation == "bilinear") {
      return {.top = settings.size.h / 2, .left = settings.size.w / 2};
    }
  }
  return {};
}

}  // namespace

LayerWindow layer_window(const Layer& layer, const LayerShapes& shapes) {
  const Layer::Window window = layer.window();
  const Padding padding = padding_of(layer, shapes);
  return {{window.kernel.h, window.stride.h, window.dilation.h, padding.top, window.upsamples},
          {window.kernel.w, window.stride.w, window.dilation.w, padding.left, window.upsamples}};
}

}  // namespace adjoint
