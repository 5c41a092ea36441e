#pragma once

#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/adamw.hpp"
#include "framework/optimizers/nadam.hpp"
#include "framework/optimizers/rmsprop.hpp"
#include "framework/optimizers/sgd.hpp"
#include "framework/schedules/schedule_settings.hpp"
#include "framework/settings/kinds.hpp"

namespace adjoint {

/// Every kind of optimizer.
using OptimizerKind = std::variant<Adam::Settings, AdamW::Settings, Nadam::Settings,
                                   RmsProp::Settings, Sgd::Settings>;

/// The [optimizer] table: a kind, that kind's own keys, and what all kinds have in common.
struct OptimizerSettings {
  OptimizerKind kind;
  /// Bounds of the gradient's elements, or of the norm of all of it.
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
  /// A moving average of the weights, that loses 1 - ema_momentum of itself at each step.
  bool use_ema = false;
  double ema_momentum = 0.99;
  ScheduleSettings schedule;
  /// Before the schedule.
  double learning_rate() const;
  void keys(Keys& key);
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings);

}  // namespace adjoint
