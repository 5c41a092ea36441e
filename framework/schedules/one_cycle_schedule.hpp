#pragma once

#include "framework/schedules/training_time.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Half a cosine wave up from learning_rate / div_factor to learning_rate, then one down to
/// learning_rate / div_factor / final_div_factor, which it then keeps. Names and defaults are those
/// of PyTorch's OneCycleLR. Source: Smith & Topin, arXiv:1708.07120.
struct OneCycleSchedule {
  static constexpr std::string_view kKind = "one_cycle";
  double pct_start = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;
  std::optional<double> epochs;

  void keys(Keys& key);
  double rate(double learning_rate, const TrainingTime& time) const;
};

}  // namespace adjoint
