#include "framework/schedules/schedule_settings.hpp"

#include <algorithm>

namespace adjoint {

void ScheduleSettings::keys(Keys& key) {
  kind_keys(key, kind, "learning-rate schedule");
  key("warmup_epochs", warmup_epochs, "epochs of linear warm-up, before the schedule",
      at_least(0.0));
}

double ScheduleSettings::rate(double learning_rate, TrainingTime time) const {
  // The first step, too, is to go somewhere.
  const double risen =
      time.epoch < warmup_epochs ? std::min(1.0, (time.epoch + time.step) / warmup_epochs) : 1;
  time.epoch = std::max(0.0, time.epoch - warmup_epochs);
  time.epochs = std::max(time.step, time.epochs - warmup_epochs);
  return risen *
         std::visit([&](const auto& schedule) { return schedule.rate(learning_rate, time); }, kind);
}

bool ScheduleSettings::depends_on_epochs() const {
  return std::visit(
      [](const auto& schedule) {
        if constexpr (requires { schedule.epochs.has_value(); }) {
          return !schedule.epochs.has_value();
        }
        return false;
      },
      kind);
}

}  // namespace adjoint
