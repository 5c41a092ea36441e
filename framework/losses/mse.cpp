#include "framework/losses/mse.hpp"

namespace adjoint {

double MeanSquaredError::evaluate(ConstView prediction, ConstView target, View gradient,
                                  Index count, bool /*absorbed*/) const {
  const Real scale = static_cast<Real>(2.0 / static_cast<double>(count));
  double sum = 0;
  for (Index i = 0; i < prediction.size(); ++i) {
    const Real difference = prediction[i] - target[i];
    sum += static_cast<double>(difference) * difference;
    if (gradient) gradient[i] = scale * difference;
  }
  return sum / static_cast<double>(count);
}

}  // namespace adjoint
