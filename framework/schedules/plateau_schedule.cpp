#include "framework/schedules/plateau_schedule.hpp"

#include <algorithm>
#include <limits>

namespace adjoint {

void PlateauSchedule::keys(Keys& key) {
  const Check<double> inside{[](double x) { return x > 0 && x < 1; }, "between 0 and 1"};
  key("factor", factor, "factor of the learning rate at each drop", inside);
  key("patience", patience, "epochs without a better loss before a drop", at_least<Index>(1));
  key("min_delta", min_delta, "least decrease of the loss that counts as better", at_least(0.0));
  key("cooldown", cooldown, "epochs after a drop that do not count", at_least<Index>(0));
  key("min_lr", min_lr, "lower bound of the learning rate", at_least(0.0));
}

double PlateauSchedule::rate(double learning_rate, const TrainingTime& time) const {
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

}  // namespace adjoint
