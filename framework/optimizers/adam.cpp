#include "framework/optimizers/adam.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/optimizers/adam.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// parameter -= (of_mean * mean + of_gradient * gradient) / (sqrt(of_square * square) + epsilon)
void adam_lanes(const Adam::Settings& settings, Real of_mean, Real of_gradient, Real of_square,
                const Real* gradient, Real* parameter, Real* mean, Real* square, Index size) {
  const Real beta_1 = static_cast<Real>(settings.beta_1);
  const Real beta_2 = static_cast<Real>(settings.beta_2);
  const Real epsilon = static_cast<Real>(settings.epsilon);
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto g = hn::LoadU(d, gradient + i);
    const auto m = hn::Add(hn::Mul(hn::Set(d, beta_1), hn::LoadU(d, mean + i)),
                           hn::Mul(hn::Set(d, 1 - beta_1), g));
    const auto v = hn::Add(hn::Mul(hn::Set(d, beta_2), hn::LoadU(d, square + i)),
                           hn::Mul(hn::Mul(hn::Set(d, 1 - beta_2), g), g));
    const auto ahead =
        hn::Add(hn::Mul(hn::Set(d, of_mean), m), hn::Mul(hn::Set(d, of_gradient), g));
    const auto root = hn::Sqrt(hn::Mul(hn::Set(d, of_square), v));
    const auto change = hn::Div(ahead, hn::Add(root, hn::Set(d, epsilon)));
    hn::StoreU(m, d, mean + i);
    hn::StoreU(v, d, square + i);
    hn::StoreU(hn::Sub(hn::LoadU(d, parameter + i), change), d, parameter + i);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(adam_lanes);

void Adam::update(const Step& step, ConstView gradient, View parameter,
                  std::span<const View> slots) const {
  const double t = static_cast<double>(step.number);
  const double rate = step.learning_rate * std::sqrt(1 - std::pow(settings_.beta_2, t)) /
                      (1 - std::pow(settings_.beta_1, t));
  take_step({.of_mean = rate}, gradient, parameter, slots);
}

void Adam::take_step(const Factors& factors, ConstView gradient, View parameter,
                     std::span<const View> slots) const {
  HWY_DYNAMIC_DISPATCH(adam_lanes)
  (settings_, static_cast<Real>(factors.of_mean), static_cast<Real>(factors.of_gradient),
   static_cast<Real>(factors.of_square), gradient.data, parameter.data, slots[0].data,
   slots[1].data, parameter.size());
}

void Adam::Settings::keys(Keys& key) {
  key("learning_rate", learning_rate, "step size", at_least(0.0));
  key("beta_1", beta_1, "decay rate of the mean of the gradients", below_one());
  key("beta_2", beta_2, "decay rate of the mean of squared gradients", below_one());
  key("epsilon", epsilon, "added to the denominator of the step", divisor_guard());
}

}  // namespace adjoint
#endif
