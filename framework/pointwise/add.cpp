#include "framework/pointwise/add.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/add.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

void add_lanes(const Real* part, Real* total, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, total + i), hn::LoadU(d, part + i)), d, total + i);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(add_lanes);

void add(ConstView part, View total) {
  HWY_DYNAMIC_DISPATCH(add_lanes)(part.data, total.data, part.size());
}

}  // namespace adjoint
#endif
