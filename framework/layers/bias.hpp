#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// output (..., C) += bias (C), at every position.
void add_bias(ConstView bias, View output);
/// sums (C) = the sum of values (..., C) over all positions, accumulated in double.
void sum_over_positions(ConstView values, View sums);

}  // namespace adjoint
