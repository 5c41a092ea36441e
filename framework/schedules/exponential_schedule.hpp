#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// learning_rate * factor^(epoch / every), step by step.
struct ExponentialSchedule {
  static constexpr std::string_view kKind = "exponential";
  double every = 1;
  double factor = 0.95;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
