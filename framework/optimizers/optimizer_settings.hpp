#pragma once

#include "framework/optimizers/optimizer.hpp"
#include "framework/schedules/schedule_settings.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// Every kind of optimizer: the rows are in optimizer_settings.cpp.
struct OptimizerFamily {
  using Make = std::unique_ptr<Optimizer>();
  struct Traits {
    /// The setting that every kind has.
    double& (*learning_rate)(std::any& settings);
  };
  static std::span<const Kind<OptimizerFamily>> kinds();
};

/// The [optimizer] table: a kind, that kind's own keys, and what all kinds have in common.
struct OptimizerSettings {
  Choice<OptimizerFamily> kind = first_kind<OptimizerFamily>();
  /// Bounds of the gradient's elements, or of the norm of all of it.
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
  /// A moving average of the weights, that loses 1 - ema_momentum of itself at each step.
  bool use_ema = false;
  double ema_momentum = 0.99;
  ScheduleSettings schedule;

  double& learning_rate() { return kind.kind().traits.learning_rate(kind.settings()); }
  double learning_rate() const {
    std::any settings = kind.settings();
    return kind.kind().traits.learning_rate(settings);
  }
  void keys(Keys& key);
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings);

}  // namespace adjoint
