#include "framework/optimizers/sgd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/optimizers/sgd.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

void plain_lanes(Real rate, const Real* gradient, Real* parameter, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto step = hn::Mul(hn::Set(d, rate), hn::LoadU(d, gradient + i));
    hn::StoreU(hn::Sub(hn::LoadU(d, parameter + i), step), d, parameter + i);
  });
}

void momentum_lanes(Real rate, Real momentum, bool nesterov, const Real* gradient, Real* parameter,
                    Real* velocity, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto step = hn::Mul(hn::Set(d, rate), hn::LoadU(d, gradient + i));
    const auto keep = hn::Set(d, momentum);
    const auto v = hn::Sub(hn::Mul(keep, hn::LoadU(d, velocity + i)), step);
    const auto change = nesterov ? hn::Sub(hn::Mul(keep, v), step) : v;
    hn::StoreU(v, d, velocity + i);
    hn::StoreU(hn::Add(hn::LoadU(d, parameter + i), change), d, parameter + i);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(plain_lanes);
HWY_EXPORT(momentum_lanes);

std::vector<std::string> Sgd::slots() const {
  if (settings_.momentum == 0) return {};
  return {"momentum"};
}

void Sgd::update(const Step& step, ConstView gradient, View parameter,
                 std::span<const View> slots) const {
  const Real rate = static_cast<Real>(step.learning_rate);
  const Real momentum = static_cast<Real>(settings_.momentum);
  if (slots.empty()) {
    HWY_DYNAMIC_DISPATCH(plain_lanes)(rate, gradient.data, parameter.data, parameter.size());
  } else {
    HWY_DYNAMIC_DISPATCH(momentum_lanes)
    (rate, momentum, settings_.nesterov, gradient.data, parameter.data, slots[0].data,
     parameter.size());
  }
}

void Sgd::Settings::keys(Keys& key) {
  key("learning_rate", learning_rate, "step size", at_least(0.0));
  key("momentum", momentum, "fraction of the last step that is added", below_one());
  key("nesterov", nesterov, "Nesterov momentum");
}

}  // namespace adjoint
#endif
