#include "framework/layers/max_pooling2d.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

struct PreparedPooling final : Prepared {
  explicit PreparedPooling(const ConvGeometry& g) : geometry(g) {}
  ConvGeometry geometry;
};

const ConvGeometry& geometry_of(const Prepared* prepared) {
  return static_cast<const PreparedPooling*>(prepared)->geometry;
}

/// Calls visit(output position, first row, row end, first column, column end) for every window of
/// one image, cut to the image.
template <class Visit>
void for_each_window(const ConvGeometry& g, Visit visit) {
  for (Index y = 0; y < g.features.h; ++y) {
    const Index top = y * g.stride.h - g.padding.top;
    for (Index x = 0; x < g.features.w; ++x) {
      const Index left = x * g.stride.w - g.padding.left;
      visit(y * g.features.w + x, std::max<Index>(top, 0), std::min(top + g.kernel.h, g.image.h),
            std::max<Index>(left, 0), std::min(left + g.kernel.w, g.image.w));
    }
  }
}

}  // namespace

ConvGeometry MaxPooling2D::geometry(const LayerShapes& shapes) const {
  const Shape& input = only(shapes);
  if (input.rank() != 3) {
    throw InputError("MaxPooling2D expects an image (height x width x channels), got {}",
                     to_string(input));
  }
  // The window's geometry is that of a convolution from each channel to itself.
  const ConvGeometry g =
      ConvGeometry::from_image({.kernel = settings_.pool_size,
                                .stride = settings_.strides.value_or(settings_.pool_size),
                                .padding = settings_.padding},
                               {input[0], input[1], input[2]}, input[2]);
  if (std::max(g.padding.top, g.padding.bottom) >= g.kernel.h ||
      std::max(g.padding.left, g.padding.right) >= g.kernel.w) {
    throw InputError(
        "MaxPooling2D: the padding must be smaller than pool_size, or a window would be empty");
  }
  return g;
}

Shape MaxPooling2D::output_shape(const LayerShapes& shapes) const {
  return geometry(shapes).features.shape();
}

std::unique_ptr<Prepared> MaxPooling2D::prepare(const LayerShapes& shapes,
                                                const PrepareRequest&) const {
  return std::make_unique<PreparedPooling>(geometry(shapes));
}

void MaxPooling2D::forward(const ForwardPass& pass) const {
  const ConvGeometry& g = geometry_of(pass.prepared);
  const Index channels = g.image.channels;
  for (Index n = 0; n < pass.output.shape[0]; ++n) {
    const Real* image = pass.inputs[0].slice(n, 1).data;
    Real* features = pass.output.slice(n, 1).data;
    for_each_window(g, [&](Index position, Index top, Index bottom, Index left, Index right) {
      Real* best = features + position * channels;
      std::copy_n(image + (top * g.image.w + left) * channels, channels, best);
      for (Index y = top; y < bottom; ++y) {
        for (Index x = left; x < right; ++x) {
          const Real* pixel = image + (y * g.image.w + x) * channels;
          for (Index c = 0; c < channels; ++c) best[c] = pixel[c] > best[c] ? pixel[c] : best[c];
        }
      }
    });
  }
}

void MaxPooling2D::backward(const BackwardPass& pass) const {
  if (!pass.input_gradients[0]) return;
  const ConvGeometry& g = geometry_of(pass.prepared);
  const Index channels = g.image.channels;
  std::ranges::fill(pass.input_gradients[0].flat(), Real{0});
  for (Index n = 0; n < pass.output_gradient.shape[0]; ++n) {
    const Real* image = pass.inputs[0].slice(n, 1).data;
    const Real* dy = pass.output_gradient.slice(n, 1).data;
    Real* dx = pass.input_gradients[0].slice(n, 1).data;
    for_each_window(g, [&](Index position, Index top, Index bottom, Index left, Index right) {
      for (Index c = 0; c < channels; ++c) {
        Index winner = (top * g.image.w + left) * channels + c;
        for (Index y = top; y < bottom; ++y) {
          for (Index x = left; x < right; ++x) {
            const Index pixel = (y * g.image.w + x) * channels + c;
            if (image[pixel] > image[winner]) winner = pixel;
          }
        }
        dx[winner] += dy[position * channels + c];
      }
    });
  }
}

Layer::Window MaxPooling2D::window() const {
  return {.kernel = settings_.pool_size, .stride = settings_.strides.value_or(settings_.pool_size)};
}

void MaxPooling2D::Settings::keys(Keys& key) {
  key("pool_size", pool_size, "height and width of the window");
  key("strides", strides, "step of the window; pool_size if left out");
  key("padding", padding, "whether windows may reach over the border");
}

}  // namespace adjoint
