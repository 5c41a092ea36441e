#include "framework/conv/thin_planes.hpp"

#include <algorithm>

namespace adjoint::thin {

Planes::Planes(const ConvGeometry& g, Index lanes) : geometry_(g) {
  const Index stride = g.stride.w, channels = g.image.channels;
  const Index last_tap = g.dilation.w * (g.kernel.w - 1);
  const Index last_pixel = std::max<Index>(g.image.w - 1 + g.padding.left, 0);
  const Index positions = (g.features.w + lanes - 1) / lanes * lanes;
  const Index plane = std::max(positions + last_tap / stride, last_pixel / stride + 1);
  const auto place = [&](Index x, Index c) {
    return (c * stride + x % stride) * plane + x / stride;
  };
  // Columns that negative padding leaves out share one element behind the planes.
  const Index outside = channels * stride * plane;
  row_ = (outside + lanes) / lanes * lanes;
  reach_ = g.dilation.h * (g.kernel.h - 1) + 1;
  for (Index ky = 0; ky < g.kernel.h; ++ky)
    for (Index kx = 0; kx < g.kernel.w; ++kx)
      for (Index c = 0; c < channels; ++c)
        offsets_.push_back(ky * g.dilation.h * row_ + place(kx * g.dilation.w, c));
  for (Index x = g.padding.left; x < g.padding.left + g.image.w; ++x)
    for (Index c = 0; c < channels; ++c)
      places_.push_back(static_cast<std::int32_t>(x < 0 ? outside : place(x, c)));
}

void Planes::load_row(const Real* image, Index y, Real* to) const {
  const Index line = y - geometry_.padding.top;
  if (line < 0 || line >= geometry_.image.h) {
    std::fill_n(to, row_, Real{0});
    return;
  }
  const Real* from = image + line * geometry_.image.w * geometry_.image.channels;
  for (const std::int32_t place : places_) to[place] = *from++;
}

void Planes::store_row(const Real* from, Index y, Real* image) const {
  Real* to = image + (y - geometry_.padding.top) * geometry_.image.w * geometry_.image.channels;
  for (const std::int32_t place : places_) *to++ = from[place];
}

}  // namespace adjoint::thin
