#include "framework/conv/thin_planes.hpp"

#include <algorithm>

namespace adjoint::thin {
namespace {

void copy_strided(const Real* from, Index from_step, Real* to, Index to_step, Index count) {
  for (Index i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
}

Index ceil_div(Index a, Index b) {
  return a > 0 ? (a + b - 1) / b : 0;
}

}  // namespace

Planes::Planes(const ConvGeometry& g) : geometry_(g) {
  const Index last_tap = g.dilation.w * (g.kernel.w - 1);
  const Index last_pixel = std::max<Index>(g.image.w - 1 + g.padding.left, 0);
  plane = std::max(g.features.w - 1 + last_tap / g.stride.w, last_pixel / g.stride.w) + 1;
  row = g.image.channels * g.stride.w * plane;
  reach = g.dilation.h * (g.kernel.h - 1) + 1;
  for (Index ky = 0; ky < g.kernel.h; ++ky)
    for (Index kx = 0; kx < g.kernel.w; ++kx)
      for (Index c = 0; c < g.image.channels; ++c) {
        const Index x = kx * g.dilation.w;
        const Index phase = c * g.stride.w + x % g.stride.w;
        offsets.push_back(ky * g.dilation.h * row + phase * plane + x / g.stride.w);
      }
}

Planes::Run Planes::run_of(Index phase) const {
  const Index stride = geometry_.stride.w, left = geometry_.padding.left;
  const Index first = ceil_div(left - phase, stride);
  const Index end = std::min(ceil_div(left + geometry_.image.w - phase, stride), plane);
  return {.x = first * stride + phase - left, .q = first, .count = std::max<Index>(end - first, 0)};
}

void Planes::load_row(const Real* image, Index y, Real* to) const {
  const auto& [H, W, C] = geometry_.image;
  std::fill_n(to, row, Real{0});
  y -= geometry_.padding.top;
  if (y < 0 || y >= H) return;
  for (Index phase = 0; phase < geometry_.stride.w; ++phase) {
    const Run run = run_of(phase);
    for (Index c = 0; c < C; ++c)
      copy_strided(image + (y * W + run.x) * C + c, geometry_.stride.w * C,
                   to + (c * geometry_.stride.w + phase) * plane + run.q, 1, run.count);
  }
}

void Planes::store_row(const Real* from, Index y, Real* image) const {
  const auto& [H, W, C] = geometry_.image;
  Real* const to = image + (y - geometry_.padding.top) * W * C;
  if (geometry_.padding.left < 0) std::fill_n(to, W * C, Real{0});
  for (Index phase = 0; phase < geometry_.stride.w; ++phase) {
    const Run run = run_of(phase);
    for (Index c = 0; c < C; ++c)
      copy_strided(from + (c * geometry_.stride.w + phase) * plane + run.q, 1, to + run.x * C + c,
                   geometry_.stride.w * C, run.count);
  }
}

}  // namespace adjoint::thin
