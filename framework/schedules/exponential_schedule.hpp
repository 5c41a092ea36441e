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
    key("every", every, "epochs in which the learning rate falls by the factor", greater_than(0.0));
    key("factor", factor, "what so many epochs multiply the learning rate by", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    return learning_rate * std::pow(factor, time.epoch / every);
  }
};

}  // namespace adjoint
