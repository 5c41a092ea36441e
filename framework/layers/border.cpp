#include "framework/layers/border.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"

namespace adjoint {
namespace {

/// Calls visit(first element of outer, first element of inner, elements) for runs of the same
/// numbers. What no run reaches of outer is zero.
template <class Visit>
void for_each_run(const Shape& inner, const Padding& by, Border border, Visit visit) {
  const Index h = inner[1], w = inner[2], channels = inner[3];
  const Index rows = by.top + h + by.bottom, columns = by.left + w + by.right;
  for (Index n = 0; n < inner[0]; ++n) {
    for (Index y = 0; y < rows; ++y) {
      const Index row = border_source(border, y - by.top, h);
      if (row < 0) continue;
      const Index outer_row = (n * rows + y) * columns, inner_row = (n * h + row) * w;
      visit((outer_row + by.left) * channels, inner_row * channels, w * channels);
      if (border == Border::constant) continue;
      const auto visit_pixel = [&](Index x) {
        const Index column = border_source(border, x - by.left, w);
        visit((outer_row + x) * channels, (inner_row + column) * channels, channels);
      };
      for (Index x = 0; x < by.left; ++x) visit_pixel(x);
      for (Index x = by.left + w; x < columns; ++x) visit_pixel(x);
    }
  }
}

}  // namespace

Index border_reach(Border border, Index count) {
  if (count == 0 || border == Border::constant) return 0;
  return border == Border::replicate ? 1 : border == Border::reflect ? count + 1 : count;
}

void add_border(ConstView inner, const Padding& by, Border border, View outer) {
  if (border == Border::constant) std::ranges::fill(outer.flat(), Real{0});
  for_each_run(inner.shape, by, border, [&](Index to, Index from, Index size) {
    std::copy_n(inner.data + from, size, outer.data + to);
  });
}

void remove_border(ConstView outer, const Padding& by, Border border, View inner) {
  if (border == Border::constant) {
    for_each_run(inner.shape, by, border, [&](Index from, Index to, Index size) {
      std::copy_n(outer.data + from, size, inner.data + to);
    });
    return;
  }
  std::ranges::fill(inner.flat(), Real{0});
  for_each_run(inner.shape, by, border, [&](Index from, Index to, Index size) {
    add({outer.data + from, {size}}, {inner.data + to, {size}});
  });
}

}  // namespace adjoint
