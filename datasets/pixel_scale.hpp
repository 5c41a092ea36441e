#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// What brings pixels of an array to [0, 1]: unsigned integers of 8 or 16 bits are divided by the
/// largest one; 1 for floats, which have 0 integer bits here. No other numbers are taken for
/// pixels: nobody could tell what is white.
constexpr Real pixel_scale(int integer_bits) {
  return Real{1} / static_cast<Real>(integer_bits > 0 ? (1 << integer_bits) - 1 : 1);
}

}  // namespace adjoint
