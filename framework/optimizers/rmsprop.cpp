#include "framework/optimizers/rmsprop.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/optimizers/rmsprop.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// `velocity` and `mean` are null where the settings have no use for them.
void rmsprop_lanes(const RmsProp::Settings& settings, Real rate, const Real* gradient,
                   Real* parameter, Real* square, Real* velocity, Real* mean, Index size) {
  const Real rho = static_cast<Real>(settings.rho);
  const Real momentum = static_cast<Real>(settings.momentum);
  const Real epsilon = static_cast<Real>(settings.epsilon);
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto old = hn::Set(d, rho), fresh = hn::Set(d, 1 - rho);
    const auto g = hn::LoadU(d, gradient + i);
    const auto v = hn::Add(hn::Mul(old, hn::LoadU(d, square + i)), hn::Mul(hn::Mul(fresh, g), g));
    hn::StoreU(v, d, square + i);
    auto variance = v;
    if (mean) {
      const auto m = hn::Add(hn::Mul(old, hn::LoadU(d, mean + i)), hn::Mul(fresh, g));
      hn::StoreU(m, d, mean + i);
      variance = hn::Max(hn::Sub(v, hn::Mul(m, m)), hn::Zero(d));  // but for rounding
    }
    const auto root = hn::Sqrt(hn::Add(variance, hn::Set(d, epsilon)));
    auto change = hn::Div(hn::Mul(hn::Set(d, rate), g), root);
    if (velocity) {
      change = hn::Add(hn::Mul(hn::Set(d, momentum), hn::LoadU(d, velocity + i)), change);
      hn::StoreU(change, d, velocity + i);
    }
    hn::StoreU(hn::Sub(hn::LoadU(d, parameter + i), change), d, parameter + i);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(rmsprop_lanes);

std::vector<std::string> RmsProp::slots() const {
  std::vector<std::string> slots{"v"};
  if (settings_.momentum > 0) slots.push_back("momentum");
  if (settings_.centered) slots.push_back("mean");
  return slots;
}

void RmsProp::update(const Step& step, ConstView gradient, View parameter,
                     std::span<const View> slots) const {
  HWY_DYNAMIC_DISPATCH(rmsprop_lanes)
  (settings_, static_cast<Real>(step.learning_rate), gradient.data, parameter.data, slots[0].data,
   settings_.momentum > 0 ? slots[1].data : nullptr,
   settings_.centered ? slots.back().data : nullptr, parameter.size());
}

void RmsProp::Settings::keys(Keys& key) {
  key("learning_rate", learning_rate, "step size", at_least(0.0));
  key("rho", rho, "decay rate of the mean of the squared gradients", below_one());
  key("momentum", momentum, "fraction of the last step that is added", below_one());
  key("epsilon", epsilon, "added to the mean square, under the root", divisor_guard());
  key("centered", centered, "divide by the standard deviation of the gradients");
}

}  // namespace adjoint
#endif
