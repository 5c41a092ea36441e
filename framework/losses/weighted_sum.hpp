#pragma once

#include <memory>
#include <vector>

#include "framework/losses/loss.hpp"

namespace adjoint {

/// The sum of losses, each times its weight. It takes over no activation: its terms would have to
/// agree on one.
class WeightedSum final : public Loss {
 public:
  struct Term {
    std::unique_ptr<Loss> loss;
    double weight = 1;
  };
  explicit WeightedSum(std::vector<Term> terms) : terms_(std::move(terms)) {}

  std::string_view name() const override { return "weighted sum"; }
  bool elementwise() const override;
  Index scratch_size(const Shape& shard) const override;
  double evaluate(const LossPass& pass) const override;

 private:
  std::vector<Term> terms_;
};

}  // namespace adjoint
