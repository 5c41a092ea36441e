#pragma once

#include <cmath>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^(epoch / every), step by step.
struct ExponentialSchedule {
  double every = 1;
  double factor = 0.95;

  void keys(Keys& key) {
    key("every", every, "epochs over which the rate is multiplied by factor", greater_than(0.0));
    key("factor", factor, "factor of the learning rate over that many epochs", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    return learning_rate * std::pow(factor, time.epoch / every);
  }
};

}  // namespace adjoint
