#include "framework/schedules/exponential_schedule.hpp"

#include <cmath>

namespace adjoint {

void ExponentialSchedule::keys(Keys& key) {
  key("every", every, "epochs over which the rate is multiplied by factor", greater_than(0.0));
  key("factor", factor, "factor of the learning rate over that many epochs", greater_than(0.0));
}

double ExponentialSchedule::rate(double learning_rate, const TrainingTime& time) const {
  return learning_rate * std::pow(factor, time.epoch / every);
}

}  // namespace adjoint
