#pragma once

#include "framework/pointwise/activation.hpp"

namespace adjoint {

/// Bias and activation, applied to a product's result while it is still in the cache:
///     y = f(x + bias)
struct Epilogue {
  ConstView bias;  // (C); no data: none
  Activation activation;
};

/// values (..., C) = f(values + bias), in place.
void apply(const Epilogue& epilogue, View values);

/// The way back. values (..., C) is the y that apply() wrote, gradient comes in as dL/dy and goes
/// out as dL/dx; bias_gradient (C), where it has data, receives the sum of dL/dx over positions.
void epilogue_gradient(const Activation& activation, ConstView values, View gradient,
                       View bias_gradient);

}  // namespace adjoint
