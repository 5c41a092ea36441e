#pragma once

// Sums and multiples of whole tensors, as vectors.

#include <algorithm>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Copies the elements, unless both views show the same memory.
inline void copy(ConstView from, View to) {
  if (from.data != to.data) std::ranges::copy(from.flat(), to.data);
}

/// total += part
void add(ConstView part, View total);
/// y = scale * x + offset; y may be x.
void rescale(ConstView x, Real scale, Real offset, View y);
/// values *= factor
void scale(Real factor, View values);
/// total += factor * part
void add_scaled(Real factor, ConstView part, View total);
/// average = keep * average + (1 - keep) * value
void move_average(Real keep, ConstView value, View average);
/// values = min(max(values, -limit), limit); a NaN stays one.
void clip(Real limit, View values);
/// Accumulated in double.
double sum_of_squares(ConstView values);

}  // namespace adjoint
