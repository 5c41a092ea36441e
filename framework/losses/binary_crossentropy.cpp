#include "framework/losses/binary_crossentropy.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {
namespace {

struct Point {
  Real loss, derivative;
};

Point from_logit(Real z, Real t) {
  const Real tail = std::exp(-std::abs(z));
  const Real sigmoid = (z >= 0 ? Real{1} : tail) / (1 + tail);
  return {std::max(z, Real{0}) - z * t + std::log1p(tail), sigmoid - t};
}

Point from_probability(Real p, Real t) {
  constexpr Real kMargin = Real(1e-7);
  const Real cut = std::clamp(p, kMargin, 1 - kMargin);
  const Real derivative = cut == p ? (p - t) / (p * (1 - p)) : Real{0};
  return {-t * std::log(cut) - (1 - t) * std::log1p(-cut), derivative};
}

}  // namespace

double BinaryCrossentropy::evaluate(ConstView prediction, ConstView target, View gradient,
                                    Index count, bool absorbed) const {
  const Real scale = static_cast<Real>(1.0 / static_cast<double>(count));
  double sum = 0;
  for (Index i = 0; i < prediction.size(); ++i) {
    const Point point = absorbed ? from_logit(prediction[i], target[i])
                                 : from_probability(prediction[i], target[i]);
    sum += point.loss;
    if (gradient) gradient[i] = scale * point.derivative;
  }
  return sum / static_cast<double>(count);
}

}  // namespace adjoint
