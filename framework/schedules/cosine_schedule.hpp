#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Half a cosine wave from learning_rate down to alpha * learning_rate, which it then keeps.
/// Source: Loshchilov & Hutter, arXiv:1608.03983, without restarts; Keras's CosineDecay.
struct CosineSchedule {
  double alpha = 0;
  std::optional<double> epochs;

  void keys(Keys& key) {
    key("alpha", alpha, "final learning rate, as a fraction of the first", between(0.0, 1.0));
    key("epochs", epochs, "epochs until the final rate; left out: all epochs", greater_than(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    const double way = std::clamp(time.epoch / epochs.value_or(time.epochs), 0.0, 1.0);
    const double wave = (1 + std::cos(std::numbers::pi * way)) / 2;
    return learning_rate * (alpha + (1 - alpha) * wave);
  }
};

}  // namespace adjoint
