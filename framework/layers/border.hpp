#pragma once

// Rows and columns around an image. Padding and cropping are each other's transpose: `inner` is
// (N, h, w, C), `outer` (N, top + h + bottom, left + w + right, C).

#include <array>
#include <string_view>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Filling of a border: zeros, the image mirrored about its outermost pixels (reflect) or about
/// its edge (symmetric), or its outermost pixels again (replicate).
enum class Border { constant, reflect, symmetric, replicate };
constexpr std::array<std::string_view, 4> config_names(Border) {
  return {"constant", "reflect", "symmetric", "replicate"};
}

/// The pixel of an axis of `extent` pixels that stands at `position`, at any distance; -1 for a
/// zero.
Index border_source(Border border, Index position, Index extent);

/// Pixels at one end of an axis that a border of `count` pixels shows.
Index border_reach(Border border, Index count);

/// outer = inner with a border around.
void add_border(ConstView inner, const Padding& by, Border border, View outer);
/// The transpose: each pixel of inner is the sum of the places where outer shows it. For constants
/// that is outer without its border.
void remove_border(ConstView outer, const Padding& by, Border border, View inner);

}  // namespace adjoint
