#pragma once

#include "framework/schedules/constant_schedule.hpp"
#include "framework/schedules/cosine_schedule.hpp"
#include "framework/schedules/exponential_schedule.hpp"
#include "framework/schedules/milestone_schedule.hpp"
#include "framework/schedules/one_cycle_schedule.hpp"
#include "framework/schedules/plateau_schedule.hpp"
#include "framework/schedules/step_schedule.hpp"
#include "framework/settings/kinds.hpp"

namespace adjoint {

/// Every kind of schedule: to add one, write its file, with the members that the others have, and
/// name it here.
using ScheduleKind =
    std::variant<ConstantSchedule, StepSchedule, MilestoneSchedule, ExponentialSchedule,
                 CosineSchedule, OneCycleSchedule, PlateauSchedule>;

/// The [optimizer.schedule] table: how the learning rate changes while a model trains.
struct ScheduleSettings {
  ScheduleKind kind;
  /// The first epochs, in which the rate rises in a line from 0 to what the kind begins with. The
  /// kind's own time begins after them.
  double warmup_epochs = 0;

  void keys(Keys& key);
  /// The rate of a step: a function of its arguments, so that a training that goes on finds it.
  double rate(double learning_rate, TrainingTime time) const;
  /// Whether the rate depends on how many epochs are planned.
  bool depends_on_epochs() const;
};

}  // namespace adjoint
