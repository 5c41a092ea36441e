#include "framework/losses/huber.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/losses/huber.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// The sum of losses; gradient = scale * derivative, where it has data.
double huber_lanes(Real delta, const Real* prediction, const Real* target, Real* gradient,
                   Real scale, Index size) {
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, prediction + i), hn::LoadU(d, target + i));
    const auto distance = hn::Abs(difference), limit = hn::Set(d, delta);
    const auto half = hn::Set(d, Real(0.5));
    const auto near = hn::Le(distance, limit);  // false for NaN
    if (gradient) {
      const auto slope = hn::IfThenElse(near, difference, hn::CopySign(limit, difference));
      hn::StoreU(hn::Mul(hn::Set(d, scale), slope), d, gradient + i);
    }
    const auto parabola = hn::Mul(half, hn::Mul(difference, difference));
    const auto line = hn::Mul(limit, hn::Sub(distance, hn::Mul(half, limit)));
    return hn::IfThenElse(near, parabola, line);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(huber_lanes);

double Huber::evaluate(const LossPass& pass) const {
  const double count = static_cast<double>(pass.count);
  return HWY_DYNAMIC_DISPATCH(huber_lanes)(static_cast<Real>(settings_.delta), pass.prediction.data,
                                           pass.target.data, pass.gradient.data,
                                           static_cast<Real>(1.0 / count), pass.prediction.size()) /
         count;
}

void Huber::Settings::keys(Keys& key) {
  key("delta", delta, "error at which the loss turns from quadratic to linear", greater_than(0.0));
}

}  // namespace adjoint
#endif
