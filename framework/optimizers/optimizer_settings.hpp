#pragma once

#include <memory>

#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/sgd.hpp"

namespace adjoint {

/// The [optimizer] table: a kind and that kind's own keys.
struct OptimizerSettings {
  std::string kind = "adam";
  Adam::Settings adam;
  Sgd::Settings sgd;
  void keys(Keys& key);
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings);

}  // namespace adjoint
