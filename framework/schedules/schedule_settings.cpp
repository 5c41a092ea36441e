#include "framework/schedules/schedule_settings.hpp"

#include <algorithm>
#include <array>

#include "framework/schedules/constant_schedule.hpp"
#include "framework/schedules/cosine_schedule.hpp"
#include "framework/schedules/exponential_schedule.hpp"
#include "framework/schedules/milestone_schedule.hpp"
#include "framework/schedules/one_cycle_schedule.hpp"
#include "framework/schedules/plateau_schedule.hpp"
#include "framework/schedules/step_schedule.hpp"

namespace adjoint {
namespace {

template <class Schedule>
constexpr Kind<ScheduleFamily> schedule(std::string_view name, std::string_view doc) {
  return Kind<ScheduleFamily>::of<Schedule>(
      name, doc,
      [](const Schedule& schedule, double learning_rate, const TrainingTime& time) {
        return schedule.rate(learning_rate, time);
      },
      {[](const std::any& settings) -> const std::optional<double>* {
        if constexpr (requires(Schedule s) { s.epochs.has_value(); })
          return &std::any_cast<const Schedule&>(settings).epochs;
        else
          return nullptr;
      }});
}

constexpr std::array kSchedules{
    schedule<ConstantSchedule>("constant", "the same learning rate throughout"),
    schedule<StepSchedule>("step", "drops by a factor every so many epochs"),
    schedule<MilestoneSchedule>("milestones", "drops by a factor after given epochs"),
    schedule<ExponentialSchedule>("exponential", "decays exponentially, step by step"),
    schedule<CosineSchedule>("cosine", "falls along half a cosine wave"),
    schedule<OneCycleSchedule>("one_cycle", "rises, then falls far below where it began"),
    schedule<PlateauSchedule>("reduce_on_plateau", "drops when the loss stops improving"),
};

}  // namespace

std::span<const Kind<ScheduleFamily>> ScheduleFamily::kinds() {
  return kSchedules;
}

void ScheduleSettings::keys(Keys& key) {
  kind.keys(key, "learning-rate schedule");
  key("warmup_epochs", warmup_epochs, "epochs of linear warm-up, before the schedule",
      at_least(0.0));
}

double ScheduleSettings::rate(double learning_rate, TrainingTime time) const {
  // The first step, too, is to go somewhere.
  const double risen =
      time.epoch < warmup_epochs ? std::min(1.0, (time.epoch + time.step) / warmup_epochs) : 1;
  time.epoch = std::max(0.0, time.epoch - warmup_epochs);
  time.epochs = std::max(time.step, time.epochs - warmup_epochs);
  return risen * kind.make(learning_rate, time);
}

bool ScheduleSettings::depends_on_epochs() const {
  const std::optional<double>* own = kind.kind().traits.epochs(kind.settings());
  return own && !*own;
}

std::optional<double> ScheduleSettings::end(double epochs) const {
  if (depends_on_epochs()) return epochs;
  const std::optional<double>* own = kind.kind().traits.epochs(kind.settings());
  return own ? std::optional(warmup_epochs + **own) : std::nullopt;
}

}  // namespace adjoint
