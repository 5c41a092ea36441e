#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/check.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^(milestones that are over)
struct MilestoneSchedule {
  std::vector<double> epochs;
  double factor = 0.1;

  void keys(Keys& key) {
    key.required("epochs", epochs, "epochs after which the learning rate drops", at_least(0.0));
    key("factor", factor, "factor of the learning rate at each drop", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    const auto over = std::ranges::count_if(epochs, [&](double e) { return time.epoch >= e; });
    return learning_rate * std::pow(factor, static_cast<double>(over));
  }
};

}  // namespace adjoint
