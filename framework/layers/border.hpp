#pragma once

// Rows and columns around an image. Padding and cropping are each other's transpose: `inner` is
// (N, h, w, C), `outer` (N, top + h + bottom, left + w + right, C).

#include "framework/conv/geometry.hpp"
#include "framework/tensor/border.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Pixels at one end of an axis that a border of `count` pixels shows.
Index border_reach(Border border, Index count);

/// outer = inner with a border around.
void add_border(ConstView inner, const Padding& by, Border border, View outer);
/// The transpose: each pixel of inner is the sum of the places where outer shows it. For constants
/// that is outer without its border.
void remove_border(ConstView outer, const Padding& by, Border border, View inner);

}  // namespace adjoint
