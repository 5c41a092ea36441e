#include "framework/schedules/step_schedule.hpp"

#include <cmath>

namespace adjoint {

void StepSchedule::keys(Keys& key) {
  key("every", every, "epochs between two drops", greater_than(0.0));
  key("factor", factor, "factor of the learning rate at each drop", greater_than(0.0));
}

double StepSchedule::rate(double learning_rate, const TrainingTime& time) const {
  return learning_rate * std::pow(factor, std::floor(time.epoch / every));
}

}  // namespace adjoint
