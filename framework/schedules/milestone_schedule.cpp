#include "framework/schedules/milestone_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {

void MilestoneSchedule::keys(Keys& key) {
  key.required("epochs", epochs, "epochs after which the learning rate drops", at_least(0.0));
  key("factor", factor, "factor of the learning rate at each drop", greater_than(0.0));
}

double MilestoneSchedule::rate(double learning_rate, const TrainingTime& time) const {
  const auto over = std::ranges::count_if(epochs, [&](double e) { return time.epoch >= e; });
  return learning_rate * std::pow(factor, static_cast<double>(over));
}

}  // namespace adjoint
