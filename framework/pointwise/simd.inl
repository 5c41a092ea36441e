// Loops over SIMD lanes, compiled once for every target that Highway chooses among at run time.
// A .cpp file that includes this is itself included once per target: see regularizer.cpp, the smallest.
//
// Add, Mul, Div and Sqrt round as their scalar forms do, and nothing here fuses them: with those
// alone, every target gives the same bits. Exp, Log and Tanh differ by their last digits.

// Toggles, so that each target gets its own copy.
#if defined(ADJOINT_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_SIMD_INL
#undef ADJOINT_SIMD_INL
#else
#define ADJOINT_SIMD_INL
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "framework/tensor/tensor.hpp"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Lanes of a whole register.
template <class T = Real>
Index lane_count() {
  return static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()));
}

/// Calls body(d, i) for whole registers of T from i = 0 on, then for the elements that are left one
/// by one, as registers of one lane: the same code sees to both, and never touches what follows.
template <class T = Real, class Body>
HWY_INLINE void for_each(Index size, Body body) {
  const hn::ScalableTag<T> whole;
  const hn::CappedTag<T, 1> single;
  const Index step = lane_count<T>();
  Index i = 0;
  for (; i + step <= size; i += step) body(whole, i);
  for (; i < size; ++i) body(single, i);
}

/// for_each() for a few elements at a time, such as channels: what whole registers leave over goes
/// into ever smaller ones.
template <class Body>
HWY_INLINE void for_each_part(Index size, Body body) {
  const hn::ScalableTag<Real> whole;
  const Index step = lane_count();
  Index i = 0;
  for (; i + step <= size; i += step) body(whole, i);
  if (step > 8) {
    const hn::CappedTag<Real, 8> part;
    for (; i + 8 <= size; i += 8) body(part, i);
  }
  if (step > 4) {
    const hn::CappedTag<Real, 4> part;
    for (; i + 4 <= size; i += 4) body(part, i);
  }
  const hn::CappedTag<Real, 1> single;
  for (; i < size; ++i) body(single, i);
}

/// The sum of the registers that body(d, i) returns: in Real within a block of elements, then in
/// double.
template <class Body>
HWY_INLINE double sum(Index size, Body body) {
  constexpr Index kBlock = 1024;
  const hn::ScalableTag<Real> whole;
  const hn::CappedTag<Real, 1> single;
  const Index step = lane_count();
  double total = 0;
  for (Index first = 0; first < size; first += kBlock) {
    const Index end = std::min(first + kBlock, size);
    auto lanes = hn::Zero(whole);
    Index i = first;
    for (; i + step <= end; i += step) lanes = hn::Add(lanes, body(whole, i));
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(whole, lanes)));
    for (; i < end; ++i) total += static_cast<double>(hn::GetLane(body(single, i)));
  }
  return total;
}

/// from[0 ...] as double lanes.
template <class D>
HWY_INLINE hn::Vec<D> load_double(D d, const float* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), from));
}
template <class D>
HWY_INLINE hn::Vec<D> load_double(D d, const double* from) {
  return hn::LoadU(d, from);
}

}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
