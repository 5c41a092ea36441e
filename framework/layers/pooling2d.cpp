#include "framework/layers/pooling2d.hpp"

#include <algorithm>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/pooling2d.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/channels.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// A window, cut to the image: rows top ... bottom - 1, columns left ... right - 1.
struct Window {
  Index top, bottom, left, right;

  Index pixels() const { return (bottom - top) * (right - left); }
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

void pool_maximum(const ConvGeometry& g, const Real* image, Real* features) {
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
HWY_INLINE void give_to_maximum(const ConvGeometry& g, const Real* image, const Real* dy,
                                Real* dx) {
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

void unpool_maximum(const ConvGeometry& g, bool add, const Real* image, const Real* dy, Real* dx) {
  add ? give_to_maximum<true>(g, image, dy, dx) : give_to_maximum<false>(g, image, dy, dx);
}

void pool_average(const ConvGeometry& g, const Real* image, Real* features) {
  for_each_window(g, [=, &g](Index position, const Window& window) HWY_ATTR {
    Real* const output = features + position * g.image.channels;
    const Real count = static_cast<Real>(window.pixels());
    for_each(g.image.channels, [=, &g, &window](auto d, Index c) HWY_ATTR {
      auto sum = hn::Zero(d);
      for_each_pixel(window, g.image, [&](Index pixel) HWY_ATTR {
        sum = hn::Add(sum, hn::LoadU(d, image + pixel + c));
      });
      hn::StoreU(hn::Div(sum, hn::Set(d, count)), d, output + c);
    });
  });
}

template <bool add>
HWY_INLINE void spread(const ConvGeometry& g, const Real* dy, Real* dx) {
  for_each_window(g, [=, &g](Index position, const Window& window) HWY_ATTR {
    const Real* const gradient = dy + position * g.image.channels;
    const Real count = static_cast<Real>(window.pixels());
    for_each(g.image.channels, [=, &g, &window](auto d, Index c) HWY_ATTR {
      const auto part = hn::Div(hn::LoadU(d, gradient + c), hn::Set(d, count));
      for_each_pixel(window, g.image, [&](Index pixel) HWY_ATTR {
        Real* const to = dx + pixel + c;
        if constexpr (add) {
          hn::StoreU(hn::Add(hn::LoadU(d, to), part), d, to);
        } else {
          hn::StoreU(part, d, to);
        }
      });
    });
  });
}

void unpool_average(const ConvGeometry& g, bool add, const Real* dy, Real* dx) {
  add ? spread<true>(g, dy, dx) : spread<false>(g, dy, dx);
}

/// means[c] = the mean of one image's channel c; `size` elements.
void average_channels(const Real* image, Index size, Index channels, Real* means) {
  const auto pixels = static_cast<double>(size / channels);
  const auto add_row = [=](Index first, Index width, Real(&sums)[1][kRow]) HWY_ATTR {
    const Real* const row = image + first;
    Real* const sum = sums[0];
    for_each(width, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, row + i)), d, sum + i);
    });
  };
  for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
    sum_rows<Real, 1>(group, size, add_row, [=](Index c, const double(&total)[1]) HWY_ATTR {
      means[c] = static_cast<Real>(total[0] / pixels);
    });
  });
}

/// Every pixel of one image gets its share of the means' gradient.
void spread_channels(const Real* gradient, Index size, Index channels, Real* image) {
  const auto pixels = static_cast<double>(size / channels);
  for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
    Real shares[kRow];
    fill_row(group, shares, [=](Index c) HWY_ATTR { return gradient[c] / pixels; });
    for_each_row(group, size, [&](Index first, Index width) HWY_ATTR {
      std::copy_n(shares, width, image + first);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(pool_maximum);
HWY_EXPORT(unpool_maximum);
HWY_EXPORT(pool_average);
HWY_EXPORT(unpool_average);
HWY_EXPORT(average_channels);
HWY_EXPORT(spread_channels);

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

void MaxPooling2D::pool(const ConvGeometry& g, const Real* image, Real* features) const {
  HWY_DYNAMIC_DISPATCH(pool_maximum)(g, image, features);
}

void MaxPooling2D::unpool(const ConvGeometry& g, bool add, const Real* image, const Real* dy,
                          Real* dx) const {
  HWY_DYNAMIC_DISPATCH(unpool_maximum)(g, add, image, dy, dx);
}

void AveragePooling2D::pool(const ConvGeometry& g, const Real* image, Real* features) const {
  HWY_DYNAMIC_DISPATCH(pool_average)(g, image, features);
}

void AveragePooling2D::unpool(const ConvGeometry& g, bool add, const Real*, const Real* dy,
                              Real* dx) const {
  HWY_DYNAMIC_DISPATCH(unpool_average)(g, add, dy, dx);
}

Shape GlobalAveragePooling2D::output_shape(const LayerShapes& shapes) const {
  const Index channels = image_input(*this, shapes).channels;
  return settings_.keepdims ? Shape{1, 1, channels} : Shape{channels};
}

void GlobalAveragePooling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  for (Index n = 0; n < x.shape[0]; ++n) {
    const ConstView image = x.slice(n, 1);
    HWY_DYNAMIC_DISPATCH(average_channels)
    (image.data, image.size(), x.shape.back(), pass.output.slice(n, 1).data);
  }
}

void GlobalAveragePooling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  for (Index n = 0; n < dx.shape[0]; ++n) {
    const View image = dx.slice(n, 1);
    HWY_DYNAMIC_DISPATCH(spread_channels)
    (pass.output_gradient.slice(n, 1).data, image.size(), dx.shape.back(), image.data);
  }
}

void GlobalAveragePooling2D::Settings::keys(Keys& key) {
  key("keepdims", keepdims, "keep height and width as axes of size 1");
}

}  // namespace adjoint
#endif
