#include "framework/schedules/one_cycle_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace adjoint {
namespace {

/// From `from` to `to` in half a cosine wave, as `way` goes from 0 to 1.
double half_wave(double from, double to, double way) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * way)) / 2;
}

}  // namespace

void OneCycleSchedule::keys(Keys& key) {
  const Check<double> inside{[](double x) { return x > 0 && x < 1; }, "between 0 and 1"};
  key("pct_start", pct_start, "fraction of the cycle in which the rate rises", inside);
  key("div_factor", div_factor, "highest learning rate divided by the first", at_least(1.0));
  key("final_div_factor", final_div_factor, "first learning rate divided by the last",
      at_least(1.0));
  key("epochs", epochs, "length of the cycle; left out: all epochs", greater_than(0.0));
}

double OneCycleSchedule::rate(double learning_rate, const TrainingTime& time) const {
  const double way = std::clamp(time.epoch / epochs.value_or(time.epochs), 0.0, 1.0);
  const double first = learning_rate / div_factor, last = first / final_div_factor;
  return way < pct_start ? half_wave(first, learning_rate, way / pct_start)
                         : half_wave(learning_rate, last, (way - pct_start) / (1 - pct_start));
}

}  // namespace adjoint
