#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// Every kind of schedule: the rows are in schedule_settings.cpp. A schedule makes the rate at a
/// time from the learning rate of the optimizer.
struct ScheduleFamily {
  using Make = double(double learning_rate, const TrainingTime& time);
  struct Traits {
    /// The key `epochs`, where it may be left out for those of the training; else null.
    const std::optional<double>* (*epochs)(const std::any& settings);
  };
  static std::span<const Kind<ScheduleFamily>> kinds();
};

/// The [optimizer.schedule] table: how the learning rate changes while a model trains.
struct ScheduleSettings {
  Choice<ScheduleFamily> kind = first_kind<ScheduleFamily>();
  /// The first epochs, in which the rate rises in a line from 0 to what the kind begins with. The
  /// kind's own time begins after them.
  double warmup_epochs = 0;

  void keys(Keys& key);
  /// The rate of a step: a function of its arguments, so that a training that goes on finds it.
  double rate(double learning_rate, TrainingTime time) const;
  /// Whether the rate depends on how many epochs are planned.
  bool depends_on_epochs() const;
  /// The epoch at which the rate stops to change in a training of so many epochs; nothing if it has
  /// no such end.
  std::optional<double> end(double epochs) const;
};

}  // namespace adjoint
