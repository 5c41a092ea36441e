#pragma once

#include <string>
#include <vector>

#include "framework/layers/layer.hpp"

namespace adjoint {

/// Whether this build computes in double precision, as the preset gradients does.
inline constexpr bool kDouble = std::is_same_v<Real, double>;

/// Compares a layer's backward() with central differences of <forward(), random weights>, for every
/// element of every input and trainable parameter, over poisoned memory, with the batch in one
/// shard and in two; and sees that a gradient that nobody asks for is left alone. Returns what is
/// wrong, one line each: tensor, index, expected, got. Means something in double alone.
std::vector<std::string> gradient_errors(const Layer& layer, const LayerShapes& shapes,
                                         Index batch = 3);

/// (f(x + h) - f(x - h)) / 2h with respect to one variable, which is left as it was.
template <class Function>
double central_difference(Real& variable, Function f) {
  constexpr Real kStep = Real(1e-5);
  const Real value = variable;
  variable = value + kStep;
  const double above = f();
  variable = value - kStep;
  const double below = f();
  variable = value;
  return (above - below) / (2.0 * kStep);
}

/// The accuracy of central differences in double.
inline double gradient_tolerance(double expected) {
  return 1e-7 * (1 + (expected < 0 ? -expected : expected));
}

}  // namespace adjoint
