#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Half a cosine wave from learning_rate down to alpha * learning_rate, which it then keeps.
/// Source: Loshchilov & Hutter, arXiv:1608.03983, without restarts; Keras's CosineDecay.
struct CosineSchedule {
  static constexpr std::string_view kKind = "cosine";
  double alpha = 0;
  std::optional<double> epochs;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
