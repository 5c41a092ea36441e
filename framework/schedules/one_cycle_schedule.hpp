#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Half a cosine wave up from learning_rate / div_factor to learning_rate, then one down to
/// learning_rate / div_factor / final_div_factor, which it then keeps. Names and defaults are those
/// of PyTorch's OneCycleLR. Source: Smith & Topin, arXiv:1708.07120.
struct OneCycleSchedule {
  double pct_start = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;
  std::optional<double> epochs;

  void keys(Keys& key) {
    const Check<double> inside{[](double x) { return x > 0 && x < 1; }, "between 0 and 1"};
    key("pct_start", pct_start, "fraction of the cycle in which the rate rises", inside);
    key("div_factor", div_factor, "highest learning rate divided by the first", at_least(1.0));
    key("final_div_factor", final_div_factor, "first learning rate divided by the last",
        at_least(1.0));
    key("epochs", epochs, "length of the cycle; left out: all epochs", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    const double way = std::clamp(time.epoch / epochs.value_or(time.epochs), 0.0, 1.0);
    const double first = learning_rate / div_factor, last = first / final_div_factor;
    return way < pct_start ? half_wave(first, learning_rate, way / pct_start)
                           : half_wave(learning_rate, last, (way - pct_start) / (1 - pct_start));
  }

 private:
  /// From `from` to `to` in half a cosine wave, as `way` goes from 0 to 1.
  static double half_wave(double from, double to, double way) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * way)) / 2;
  }
};

}  // namespace adjoint
