#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Keras's ReduceLROnPlateau: the learning rate is multiplied by `factor` whenever the loss did not
/// get better by more than min_delta for `patience` epochs. It keeps no state: it is worked out
/// anew from the losses so far.
struct PlateauSchedule {
  static constexpr std::string_view kKind = "reduce_on_plateau";
  double factor = 0.1;
  Index patience = 10;
  double min_delta = 1e-4;
  Index cooldown = 0;
  double min_lr = 0;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
