#pragma once

#include "framework/settings/check.hpp"

namespace adjoint {

/// A share that leaves something: 0.9 of an old average, 0.2 of some images. With 1 an average
/// would never move, a velocity never end, and Adam divide by zero.
inline Check<double> below_one() {
  return {[](const double& value) { return value >= 0 && value < 1; }, "at least 0, below 1"};
}

/// A small number that keeps a divisor off zero, also as float32: with 0, a gradient or a deviation
/// that vanishes would give 0 / 0.
inline Check<double> divisor_guard() {
  return at_least(1e-30);
}

}  // namespace adjoint
