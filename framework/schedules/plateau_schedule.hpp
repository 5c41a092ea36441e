#pragma once

#include <algorithm>
#include <limits>

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Keras's ReduceLROnPlateau: the learning rate is multiplied by `factor` whenever the loss did not
/// get better by more than min_delta for `patience` epochs. It keeps no state: it is worked out
/// anew from the losses so far.
struct PlateauSchedule {
  double factor = 0.1;
  Index patience = 10;
  double min_delta = 1e-4;
  Index cooldown = 0;
  double min_lr = 0;

  void keys(Keys& key) {
    const Check<double> inside{[](double x) { return x > 0 && x < 1; }, "between 0 and 1"};
    key("factor", factor, "factor of the learning rate at each drop", inside);
    key("patience", patience, "epochs without a better loss before a drop", at_least<Index>(1));
    key("min_delta", min_delta, "least decrease of the loss that counts as better", at_least(0.0));
    key("cooldown", cooldown, "epochs after a drop that do not count", at_least<Index>(0));
    key("min_lr", min_lr, "lower bound of the learning rate", at_least(0.0));
  }
  double rate(double learning_rate, const TrainingTime& time) const {
    double rate = learning_rate, best = std::numeric_limits<double>::infinity();
    Index waited = 0, cooling = 0;
    for (const double loss : time.losses) {
      if (cooling > 0) {
        --cooling;
        waited = 0;
      }
      if (loss < best - min_delta) {
        best = loss;
        waited = 0;
      } else if (cooling == 0 && ++waited >= patience) {
        rate = std::min(rate, std::max(rate * factor, min_lr));
        cooling = cooldown;
        waited = 0;
      }
    }
    return rate;
  }
};

}  // namespace adjoint
