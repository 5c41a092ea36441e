#include "framework/optimizers/sgd.hpp"

namespace adjoint {

std::vector<std::string> Sgd::slots() const {
  if (settings_.momentum == 0) return {};
  return {"momentum"};
}

void Sgd::update(Index /*step*/, ConstView gradient, View parameter,
                 std::span<const View> slots) const {
  const Real rate = static_cast<Real>(settings_.learning_rate);
  const Real momentum = static_cast<Real>(settings_.momentum);
  if (slots.empty()) {
    for (Index i = 0; i < parameter.size(); ++i) parameter[i] -= rate * gradient[i];
    return;
  }
  const View velocity = slots[0];
  for (Index i = 0; i < parameter.size(); ++i) {
    velocity[i] = momentum * velocity[i] - rate * gradient[i];
    parameter[i] += settings_.nesterov ? momentum * velocity[i] - rate * gradient[i] : velocity[i];
  }
}

void Sgd::Settings::keys(Keys& key) {
  key("learning_rate", learning_rate, "size of a step", at_least(0.0));
  key("momentum", momentum, "share of the last step that goes on", between(0.0, 1.0));
  key("nesterov", nesterov, "look ahead along the momentum");
}

}  // namespace adjoint
