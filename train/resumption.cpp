#include "train/resumption.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <sstream>

#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {
namespace {

/// A config apart from what may change when a training goes on.
std::string without_effort(Config config) {
  config.name.clear();
  config.optimizer.learning_rate() = 0;
  config.optimizer.schedule = {};
  config.training.epochs = TrainingSettings{}.epochs;
  config.training.patience = 0;
  config.training.checkpoint_steps = 0;
  config.training.keep_every = 0;
  config.training.samples = 0;
  config.data.cache_mb = 0;
  config.detection = {};
  return write_config(config);
}

/// The first line that differs, for a message.
std::pair<std::string, std::string> first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  while (true) {
    const bool more_x = static_cast<bool>(std::getline(left, x));
    const bool more_y = static_cast<bool>(std::getline(right, y));
    if (!more_x) x = "(nothing)";
    if (!more_y) y = "(nothing)";
    if (x != y || (!more_x && !more_y)) return {x, y};
  }
}

/// Throws InputError, naming the first difference, if there is one.
void check_equal(const std::string& saved, const std::string& now, const std::string& path) {
  const auto [then, here] = first_difference(saved, now);
  if (then == here) return;
  throw InputError(
      "{} was made with another config: it has `{}`, now there is `{}`; resume with the config "
      "of the run, or begin another run with --out",
      path, then, here);
}

/// The epoch at which a schedule ends, if it has an end.
std::optional<double> schedule_end(const Config& config) {
  return config.optimizer.schedule.end(static_cast<double>(config.training.epochs));
}

}  // namespace

void check_goes_on(const Config& saved, const Config& now, const std::string& path) {
  check_equal(without_effort(saved), without_effort(now), path);
}

void check_same_training(Config saved, const Config& now, const std::string& path) {
  saved.detection = now.detection;
  check_equal(write_config(saved), write_config(now), path);
}

std::vector<std::string> schedule_changes(const Config& before, const Config& now,
                                          TrainingTime time) {
  const ScheduleSettings &was = before.optimizer.schedule, &is = now.optimizer.schedule;
  const double rate_was = before.optimizer.learning_rate(), rate_is = now.optimizer.learning_rate();
  std::vector<std::string> changes;
  if (rate_was != rate_is) {
    changes.push_back(
        fmt::format("optimizer.learning_rate is now {} (it was {})", rate_is, rate_was));
  }
  const bool same_schedule = write_config(was) == write_config(is);
  if (!same_schedule) {
    changes.push_back(fmt::format(
        "the schedule of the learning rate has changed: it is now {}{}", is.kind.name(),
        was.kind.name() == is.kind.name() ? " with other settings"
                                          : fmt::format(" (it was {})", was.kind.name())));
  }
  const std::optional<double> end_was = schedule_end(before), end_is = schedule_end(now);
  if (end_is && end_was != end_is) {
    changes.push_back(
        fmt::format("the {} schedule now ends at epoch {}{}", is.kind.name(), *end_is,
                    end_was ? fmt::format(" (it ended at {})", *end_was) : std::string()));
  }
  if (changes.empty()) return changes;
  time.epochs = static_cast<double>(before.training.epochs);
  const double would_be = was.rate(rate_was, time);
  time.epochs = static_cast<double>(now.training.epochs);
  const double will_be = is.rate(rate_is, time);
  changes.push_back(fmt::format(
      "epoch {} goes on with a learning rate of {:.4g}{}", std::floor(time.epoch) + 1, will_be,
      will_be == would_be ? std::string() : fmt::format(" (it would have been {:.4g})", would_be)));
  changes.emplace_back(
      "the result will not have the bits of a training with these settings from its start");
  return changes;
}

}  // namespace adjoint
