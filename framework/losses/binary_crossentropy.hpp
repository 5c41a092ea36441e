#pragma once

#include "framework/losses/loss.hpp"

namespace adjoint {

/// mean(-t log p - (1 - t) log(1 - p)), in nats, for targets in [0, 1].
/// From the values z before a sigmoid: max(z, 0) - z t + log(1 + exp(-|z|)). From probabilities: p
/// is cut to [1e-7, 1 - 1e-7], as Keras does, and the gradient is 0 where it was cut.
class BinaryCrossentropy final : public Loss {
 public:
  std::string_view name() const override { return "binary_crossentropy"; }
  bool absorbs(const Activation& last) const override {
    return last.kind == Activation::Kind::sigmoid;
  }
  bool elementwise() const override { return true; }
  double evaluate(const LossPass& pass) const override;
};

}  // namespace adjoint
