#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^floor(epoch / every)
struct StepSchedule {
  static constexpr std::string_view kKind = "step";
  double every = 10;
  double factor = 0.1;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
