#include "framework/optimizers/adam.hpp"

#include <cmath>

namespace adjoint {

void Adam::update(Index step, ConstView gradient, View parameter,
                  std::span<const View> slots) const {
  const double t = static_cast<double>(step);
  const Real rate =
      static_cast<Real>(settings_.learning_rate * std::sqrt(1 - std::pow(settings_.beta_2, t)) /
                        (1 - std::pow(settings_.beta_1, t)));
  const Real beta_1 = static_cast<Real>(settings_.beta_1);
  const Real beta_2 = static_cast<Real>(settings_.beta_2);
  const Real epsilon = static_cast<Real>(settings_.epsilon);
  Real* const m = slots[0].data;
  Real* const v = slots[1].data;
  for (Index i = 0; i < parameter.size(); ++i) {
    const Real g = gradient[i];
    m[i] = beta_1 * m[i] + (1 - beta_1) * g;
    v[i] = beta_2 * v[i] + (1 - beta_2) * g * g;
    parameter[i] -= rate * m[i] / (std::sqrt(v[i]) + epsilon);
  }
}

void Adam::Settings::keys(Keys& key) {
  key("learning_rate", learning_rate, "size of a step", at_least(0.0));
  key("beta_1", beta_1, "decay of the mean of the gradients", between(0.0, 1.0));
  key("beta_2", beta_2, "decay of the mean of their squares", between(0.0, 1.0));
  key("epsilon", epsilon, "keeps the step finite where gradients vanish", at_least(0.0));
}

}  // namespace adjoint
