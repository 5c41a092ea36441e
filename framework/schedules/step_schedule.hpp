#pragma once

#include <cmath>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^floor(epoch / every)
struct StepSchedule {
  double every = 10;
  double factor = 0.1;

  void keys(Keys& key) {
    key("every", every, "epochs between two drops", greater_than(0.0));
    key("factor", factor, "factor of the learning rate at each drop", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    return learning_rate * std::pow(factor, std::floor(time.epoch / every));
  }
};

}  // namespace adjoint
