#include "framework/losses/mse.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/losses/mse.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// The sum of squares; gradient = scale * difference, where it has data.
double mse_lanes(const Real* prediction, const Real* target, Real* gradient, Real scale,
                 Index size) {
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, prediction + i), hn::LoadU(d, target + i));
    if (gradient) hn::StoreU(hn::Mul(hn::Set(d, scale), difference), d, gradient + i);
    return hn::Mul(difference, difference);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(mse_lanes);

double MeanSquaredError::evaluate(ConstView prediction, ConstView target, View gradient,
                                  Index count, bool /*absorbed*/) const {
  const Real scale = static_cast<Real>(2.0 / static_cast<double>(count));
  return HWY_DYNAMIC_DISPATCH(mse_lanes)(prediction.data, target.data, gradient.data, scale,
                                         prediction.size()) /
         static_cast<double>(count);
}

}  // namespace adjoint
#endif
