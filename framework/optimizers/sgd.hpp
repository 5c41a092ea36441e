#pragma once

#include "framework/optimizers/optimizer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Stochastic gradient descent, with Keras's momentum: v = momentum*v - rate*g, w += v, or with
/// Nesterov's look ahead w += momentum*v - rate*g.
class Sgd final : public Optimizer {
 public:
  struct Settings {
    double learning_rate = 0.01;
    double momentum = 0;
    bool nesterov = false;
    void keys(Keys& key);
  };
  explicit Sgd(const Settings& settings) : settings_(settings) {}

  double learning_rate() const override { return settings_.learning_rate; }
  std::vector<std::string> slots() const override;
  void update(const Step& step, ConstView gradient, View parameter,
              std::span<const View> slots) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
