#include "framework/pointwise/linear.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/linear.cpp"
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

void rescale_lanes(const Real* x, Real scale, Real offset, Real* y, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto scaled = hn::Mul(hn::LoadU(d, x + i), hn::Set(d, scale));
    hn::StoreU(hn::Add(scaled, hn::Set(d, offset)), d, y + i);
  });
}

void scale_lanes(Real factor, Real* values, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::Set(d, factor), hn::LoadU(d, values + i)), d, values + i);
  });
}

void add_scaled_lanes(Real factor, const Real* part, Real* total, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto more = hn::Mul(hn::Set(d, factor), hn::LoadU(d, part + i));
    hn::StoreU(hn::Add(hn::LoadU(d, total + i), more), d, total + i);
  });
}

void move_average_lanes(Real keep, const Real* value, Real* average, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto old = hn::Mul(hn::Set(d, keep), hn::LoadU(d, average + i));
    const auto more = hn::Mul(hn::Set(d, 1 - keep), hn::LoadU(d, value + i));
    hn::StoreU(hn::Add(old, more), d, average + i);
  });
}

void clip_lanes(Real limit, Real* values, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto x = hn::LoadU(d, values + i);
    const auto cut = hn::Min(hn::Max(x, hn::Set(d, -limit)), hn::Set(d, limit));
    hn::StoreU(hn::IfThenElse(hn::IsNaN(x), x, cut), d, values + i);
  });
}

double squares_lanes(const Real* values, Index size) {
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto x = hn::LoadU(d, values + i);
    return hn::Mul(x, x);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(add_lanes);
HWY_EXPORT(rescale_lanes);
HWY_EXPORT(scale_lanes);
HWY_EXPORT(add_scaled_lanes);
HWY_EXPORT(move_average_lanes);
HWY_EXPORT(clip_lanes);
HWY_EXPORT(squares_lanes);

void add(ConstView part, View total) {
  HWY_DYNAMIC_DISPATCH(add_lanes)(part.data, total.data, part.size());
}

void rescale(ConstView x, Real scale, Real offset, View y) {
  HWY_DYNAMIC_DISPATCH(rescale_lanes)(x.data, scale, offset, y.data, x.size());
}

void scale(Real factor, View values) {
  HWY_DYNAMIC_DISPATCH(scale_lanes)(factor, values.data, values.size());
}

void add_scaled(Real factor, ConstView part, View total) {
  HWY_DYNAMIC_DISPATCH(add_scaled_lanes)(factor, part.data, total.data, total.size());
}

void move_average(Real keep, ConstView value, View average) {
  HWY_DYNAMIC_DISPATCH(move_average_lanes)(keep, value.data, average.data, average.size());
}

void clip(Real limit, View values) {
  HWY_DYNAMIC_DISPATCH(clip_lanes)(limit, values.data, values.size());
}

double sum_of_squares(ConstView values) {
  return HWY_DYNAMIC_DISPATCH(squares_lanes)(values.data, values.size());
}

}  // namespace adjoint
#endif
