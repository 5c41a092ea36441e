#include "framework/optimizers/adamw.hpp"

#include "framework/pointwise/linear.hpp"

namespace adjoint {

void AdamW::update(const Step& step, ConstView gradient, View parameter,
                   std::span<const View> slots) const {
  scale(static_cast<Real>(1 - step.learning_rate * weight_decay_), parameter);
  Adam::update(step, gradient, parameter, slots);
}

void AdamW::Settings::keys(Keys& key) {
  Adam::Settings::keys(key);
  key("weight_decay", weight_decay,
      "weight decay: share of each parameter that a step of size 1 subtracts", at_least(0.0));
  if (learning_rate * weight_decay >= 1) {
    key.reject("weight_decay",
               "learning_rate * weight_decay is what a step takes away of each parameter: expected "
               "less than 1, which is all of it");
  }
}

}  // namespace adjoint
