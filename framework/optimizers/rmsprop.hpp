#pragma once

#include "framework/optimizers/optimizer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// RMSprop in Keras's form: with g the gradient,
///   v = rho*v + (1-rho)*g^2,  step = rate * g / sqrt(v + epsilon)
/// where `centered` subtracts the square of a like mean of g from v. With momentum,
/// b = momentum*b + step and w -= b; else w -= step.
/// Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural networks for machine learning".
class RmsProp final : public Optimizer {
 public:
  struct Settings {
    double learning_rate = 1e-3;
    double rho = 0.9;
    double momentum = 0;
    double epsilon = 1e-7;
    bool centered = false;
    void keys(Keys& key);
  };
  explicit RmsProp(const Settings& settings) : settings_(settings) {}

  double learning_rate() const override { return settings_.learning_rate; }
  /// "v", and where they are needed "momentum" and "mean", in this order.
  std::vector<std::string> slots() const override;
  void update(const Step& step, ConstView gradient, View parameter,
              std::span<const View> slots) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
