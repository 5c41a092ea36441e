#pragma once

#include "framework/optimizers/adam.hpp"

namespace adjoint {

/// Adam with Nesterov's look ahead, in Keras's form: with g the gradient, t the step,
/// u(t) = beta_1 (1 - 0.96^t / 2) and U(t) = u(1) ... u(t),
///   m = beta_1*m + (1-beta_1)*g,  v = beta_2*v + (1-beta_2)*g^2
///   w -= rate * (u(t+1)/(1-U(t+1)) * m + (1-u(t))/(1-U(t)) * g)
///             / (sqrt(v / (1-beta_2^t)) + epsilon)
/// Source: Dozat 2016, openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.
class Nadam final : public Adam {
 public:
  struct Settings : Adam::Settings {};
  explicit Nadam(const Settings& settings) : Adam(settings) {}

  void update(const Step& step, ConstView gradient, View parameter,
              std::span<const View> slots) const override;
};

}  // namespace adjoint
