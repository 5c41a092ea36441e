#include "framework/layers/max_pooling2d.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/max_pooling2d.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// A window, cut to the image: rows top ... bottom - 1, columns left ... right - 1.
struct Window {
  Index top, bottom, left, right;
};

/// Calls visit(output position, window) for every window of one image.
template <class Visit>
HWY_INLINE void for_each_window(const ConvGeometry& g, Visit visit) {
  for (Index y = 0; y < g.features.h; ++y) {
    const Index top = y * g.stride.h - g.padding.top;
    for (Index x = 0; x < g.features.w; ++x) {
      const Index left = x * g.stride.w - g.padding.left;
      visit(y * g.features.w + x,
            Window{std::max<Index>(top, 0), std::min(top + g.kernel.h, g.image.h),
                   std::max<Index>(left, 0), std::min(left + g.kernel.w, g.image.w)});
    }
  }
}

/// Calls visit(first channel) for the window's pixels, row by row.
template <class Visit>
HWY_INLINE void for_each_pixel(const Window& window, const Plane& image, Visit visit) {
  for (Index y = window.top; y < window.bottom; ++y) {
    for (Index x = window.left; x < window.right; ++x) visit((y * image.w + x) * image.channels);
  }
}

/// The maximum of a window, in the channels from c on; NaN counts as the largest number.
template <class D>
HWY_INLINE hn::Vec<D> maximum(D d, const ConvGeometry& g, const Window& window, const Real* image,
                              Index c) {
  auto best = hn::LoadU(d, image + (window.top * g.image.w + window.left) * g.image.channels + c);
  for_each_pixel(window, g.image, [&](Index pixel) HWY_ATTR {
    const auto value = hn::LoadU(d, image + pixel + c);
    best = hn::IfThenElse(hn::Or(hn::Gt(value, best), hn::IsNaN(value)), value, best);
  });
  return best;
}

void pool(const ConvGeometry& g, const Real* image, Real* features) {
  for_each_window(g, [=, &g](Index position, const Window& window) HWY_ATTR {
    Real* const output = features + position * g.image.channels;
    for_each(g.image.channels, [=, &g, &window](auto d, Index c) HWY_ATTR {
      hn::StoreU(maximum(d, g, window, image, c), d, output + c);
    });
  });
}

/// Hands each window's gradient to its first maximum. `add` adds, where windows may share pixels;
/// without it every pixel of a window is written.
template <bool add>
HWY_INLINE void unpool(const ConvGeometry& g, const Real* image, const Real* dy, Real* dx) {
  for_each_window(g, [=, &g](Index position, const Window& window) HWY_ATTR {
    const Real* const gradient = dy + position * g.image.channels;
    for_each(g.image.channels, [=, &g, &window](auto d, Index c) HWY_ATTR {
      const auto best = maximum(d, g, window, image, c);
      const auto whole = hn::LoadU(d, gradient + c);
      auto open = hn::Eq(hn::Zero(d), hn::Zero(d));
      for_each_pixel(window, g.image, [&](Index pixel) HWY_ATTR {
        const auto value = hn::LoadU(d, image + pixel + c);
        const auto wins = hn::And(open, hn::Or(hn::Eq(value, best), hn::IsNaN(value)));
        open = hn::AndNot(wins, open);
        auto share = hn::IfThenElseZero(wins, whole);
        if constexpr (add) share = hn::Add(share, hn::LoadU(d, dx + pixel + c));
        hn::StoreU(share, d, dx + pixel + c);
      });
    });
  });
}

void unpool_once(const ConvGeometry& g, const Real* image, const Real* dy, Real* dx) {
  unpool<false>(g, image, dy, dx);
}
void unpool_added(const ConvGeometry& g, const Real* image, const Real* dy, Real* dx) {
  unpool<true>(g, image, dy, dx);
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
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

HWY_EXPORT(pool);
HWY_EXPORT(unpool_once);
HWY_EXPORT(unpool_added);

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
  for (Index n = 0; n < pass.output.shape[0]; ++n) {
    HWY_DYNAMIC_DISPATCH(pool)
    (g, pass.inputs[0].slice(n, 1).data, pass.output.slice(n, 1).data);
  }
}

void MaxPooling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const ConvGeometry& g = geometry_of(pass.prepared);
  const bool once = tiles(g);
  if (!once) std::ranges::fill(dx.flat(), Real{0});
  const auto give = once ? HWY_DYNAMIC_DISPATCH(unpool_once) : HWY_DYNAMIC_DISPATCH(unpool_added);
  for (Index n = 0; n < dx.shape[0]; ++n) {
    give(g, pass.inputs[0].slice(n, 1).data, pass.output_gradient.slice(n, 1).data,
         dx.slice(n, 1).data);
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
#endif
