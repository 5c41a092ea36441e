#include "framework/metrics/errors.hpp"

#include "framework/losses/elementwise.hpp"

namespace adjoint {

double mean_squared_error(ConstView a, ConstView b) {
  return MeanSquaredError().evaluate({.prediction = a, .target = b, .count = a.size()});
}

double mean_absolute_error(ConstView a, ConstView b) {
  return MeanAbsoluteError().evaluate({.prediction = a, .target = b, .count = a.size()});
}

}  // namespace adjoint
