#pragma once

#include "framework/optimizers/optimizer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Adam in Keras's form: with g the gradient and t the step,
///   m = beta_1*m + (1-beta_1)*g,  v = beta_2*v + (1-beta_2)*g^2
///   w -= rate * sqrt(1-beta_2^t)/(1-beta_1^t) * m / (sqrt(v) + epsilon)
/// (PyTorch adds its epsilon after the correction of v: a slightly different number near zero
/// gradients.) Source: Kingma & Ba, arXiv:1412.6980, the form at the end of section 2.
class Adam : public Optimizer {
 public:
  struct Settings {
    double learning_rate = 1e-3;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    void keys(Keys& key);
  };
  explicit Adam(const Settings& settings) : settings_(settings) {}

  double learning_rate() const override { return settings_.learning_rate; }
  std::vector<std::string> slots() const override { return {"m", "v"}; }
  void update(const Step& step, ConstView gradient, View parameter,
              std::span<const View> slots) const override;

 protected:
  const Settings& settings() const { return settings_; }
  /// w -= (of_mean * m + of_gradient * g) / (sqrt(of_square * v) + epsilon), with the new m and v.
  struct Factors {
    double of_mean;
    double of_gradient = 0;
    double of_square = 1;
  };
  void take_step(const Factors& factors, ConstView gradient, View parameter,
                 std::span<const View> slots) const;

 private:
  Settings settings_;
};

}  // namespace adjoint
