#include "framework/optimizers/nadam.hpp"

#include <cmath>

namespace adjoint {

void Nadam::update(const Step& step, ConstView gradient, View parameter,
                   std::span<const View> slots) const {
  constexpr double kDecay = 0.96, kNothing = 1e-20;
  // A product of t factors, until no digit of 1 - U(t) is left to change.
  double decay = 1, u = 0, product = 1;
  for (Index t = 1; t <= step.number && product > kNothing; ++t) {
    decay *= kDecay;
    u = settings().beta_1 * (1 - 0.5 * decay);
    product *= u;
  }
  const double next = settings().beta_1 * (1 - 0.5 * decay * kDecay);
  const double rate = step.learning_rate;
  const double of_square = 1 / (1 - std::pow(settings().beta_2, static_cast<double>(step.number)));
  take_step({.of_mean = rate * next / (1 - product * next),
             .of_gradient = rate * (1 - u) / (1 - product),
             .of_square = of_square},
            gradient, parameter, slots);
}

}  // namespace adjoint
