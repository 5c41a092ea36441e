#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The learning rate of the optimizer's settings.
struct ConstantSchedule {
  void keys(Keys&) {}
  double rate(double learning_rate, const TrainingTime&) const { return learning_rate; }
};

}  // namespace adjoint
