#include "framework/layers/pooling2d.hpp"

#include <algorithm>

#include "framework/layers/image_input.hpp"
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

/// True if every pixel lies in exactly one window.
bool tiles(const ConvGeometry& g) {
  return g.kernel == g.stride && g.features.h * g.stride.h - g.padding.top >= g.image.h &&
         g.features.w * g.stride.w - g.padding.left >= g.image.w;
}

}  // namespace

ConvGeometry Pooling2D::geometry(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  // The window's geometry is that of a convolution from each channel to itself.
  const ConvGeometry g =
      ConvGeometry::from_image({.kernel = settings_.pool_size,
                                .stride = settings_.strides.value_or(settings_.pool_size),
                                .padding = settings_.padding},
                               image, image.channels);
  if (std::max(g.padding.top, g.padding.bottom) >= g.kernel.h ||
      std::max(g.padding.left, g.padding.right) >= g.kernel.w) {
    throw InputError("{}: the padding must be smaller than pool_size, or a window would be empty",
                     type());
  }
  return g;
}

Shape Pooling2D::output_shape(const LayerShapes& shapes) const {
  return geometry(shapes).features.shape();
}

std::unique_ptr<Prepared> Pooling2D::prepare(const LayerShapes& shapes,
                                             const PrepareRequest&) const {
  return std::make_unique<PreparedPooling>(geometry(shapes));
}

void Pooling2D::forward(const ForwardPass& pass) const {
  const ConvGeometry& g = geometry_of(pass.prepared);
  for (Index n = 0; n < pass.output.shape[0]; ++n) {
    pool(g, pass.inputs[0].slice(n, 1).data, pass.output.slice(n, 1).data);
  }
}

void Pooling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const ConvGeometry& g = geometry_of(pass.prepared);
  const bool add = !tiles(g);
  if (add) std::ranges::fill(dx.flat(), Real{0});
  const ConstView x = pass.inputs[0];
  for (Index n = 0; n < dx.shape[0]; ++n) {
    unpool(g, add, x ? x.slice(n, 1).data : nullptr, pass.output_gradient.slice(n, 1).data,
           dx.slice(n, 1).data);
  }
}

LayerWindow Pooling2D::window(const LayerShapes& shapes) const {
  return window_of(geometry(shapes));
}

void Pooling2D::Settings::keys(Keys& key) {
  key("pool_size", pool_size, "height and width of the window");
  key("strides", strides, "stride of the window; left out: pool_size");
  key("padding", padding, "same: windows may reach over the border; valid: not");
}

}  // namespace adjoint
