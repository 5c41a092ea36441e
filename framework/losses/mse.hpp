#pragma once

#include "framework/losses/loss.hpp"

namespace adjoint {

/// mean((prediction - target)^2)
class MeanSquaredError final : public Loss {
 public:
  std::string_view name() const override { return "mse"; }
  double evaluate(ConstView prediction, ConstView target, View gradient, Index count,
                  bool absorbed) const override;
};

}  // namespace adjoint
