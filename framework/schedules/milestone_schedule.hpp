#pragma once

#include <vector>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/check.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^(milestones that are over)
struct MilestoneSchedule {
  static constexpr std::string_view kKind = "milestones";
  std::vector<double> epochs;
  double factor = 0.1;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
