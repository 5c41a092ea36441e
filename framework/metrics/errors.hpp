#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// mean((a - b)^2)
double mean_squared_error(ConstView a, ConstView b);
/// mean(|a - b|)
double mean_absolute_error(ConstView a, ConstView b);

}  // namespace adjoint
