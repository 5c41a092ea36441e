#include "framework/losses/charbonnier.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/losses/charbonnier.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// The sum of losses; gradient = scale * derivative, where it has data.
double charbonnier_lanes(Real epsilon, const Real* prediction, const Real* target, Real* gradient,
                         Real scale, Index size) {
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, prediction + i), hn::LoadU(d, target + i));
    const auto round = hn::Set(d, epsilon * epsilon);
    const auto root = hn::Sqrt(hn::Add(hn::Mul(difference, difference), round));
    if (gradient) {
      hn::StoreU(hn::Mul(hn::Set(d, scale), hn::Div(difference, root)), d, gradient + i);
    }
    return root;
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(charbonnier_lanes);

double Charbonnier::evaluate(const LossPass& pass) const {
  const double count = static_cast<double>(pass.count);
  return HWY_DYNAMIC_DISPATCH(charbonnier_lanes)(
             static_cast<Real>(settings_.epsilon), pass.prediction.data, pass.target.data,
             pass.gradient.data, static_cast<Real>(1.0 / count), pass.prediction.size()) /
         count;
}

void Charbonnier::Settings::keys(Keys& key) {
  key("epsilon", epsilon, "error below which the loss is nearly quadratic", at_least(1e-9));
}

}  // namespace adjoint
#endif
