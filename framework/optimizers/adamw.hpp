#pragma once

#include "framework/optimizers/adam.hpp"

namespace adjoint {

/// Adam with weight decay beside the gradient, in Keras's form: w -= rate * weight_decay * w, then
/// Adam's step. It decays every parameter, also biases, as Keras does.
/// Source: Loshchilov & Hutter, arXiv:1711.05101.
class AdamW final : public Adam {
 public:
  struct Settings : Adam::Settings {
    double weight_decay = 0.004;
    void keys(Keys& key);
  };
  explicit AdamW(const Settings& settings) : Adam(settings), weight_decay_(settings.weight_decay) {}

  void update(const Step& step, ConstView gradient, View parameter,
              std::span<const View> slots) const override;

 private:
  double weight_decay_;
};

}  // namespace adjoint
