// One side of the tiles, patches and kernels of the engine `winograd`, compiled once for every target
// that Highway chooses among at run time. winograd_engine.cpp has the formula and its sources.

// Toggles, so that each target gets its own copy.
#if defined(ADJOINT_WINOGRAD_SIDES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_WINOGRAD_SIDES_INL
#undef ADJOINT_WINOGRAD_SIDES_INL
#else
#define ADJOINT_WINOGRAD_SIDES_INL
#endif

#include <hwy/highway.h>

#include "framework/tensor/tensor.hpp"

HWY_BEFORE_NAMESPACE();
namespace adjoint::winograd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Each side has `taps` elements of the kernel, `pixels` of a patch and `points`, and each transform
// takes and gives as many vectors.

/// F(2, 3): 4 multiplications for 6.
struct ThreeTaps {
  static constexpr int taps = 3, pixels = 4, points = 4;

  template <class V>
  static HWY_INLINE void of_patch(const V* x, V* to) {
    to[0] = hn::Sub(x[0], x[2]);
    to[1] = hn::Add(x[1], x[2]);
    to[2] = hn::Sub(x[2], x[1]);
    to[3] = hn::Sub(x[1], x[3]);
  }
  template <class V>
  static HWY_INLINE void of_tile(const V* y, V* to) {
    to[0] = y[0];
    to[1] = hn::Add(y[0], y[1]);
    to[2] = hn::Sub(y[0], y[1]);
    to[3] = hn::Neg(y[1]);
  }
  template <class V>
  static HWY_INLINE void back_to_tile(const V* m, V* to) {
    to[0] = hn::Add(m[0], hn::Add(m[1], m[2]));
    to[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
  }
  template <class D, class V>
  static HWY_INLINE void of_kernel(D d, const V* g, V* to) {
    const V half = hn::Set(d, Real(0.5));
    const V ends = hn::Mul(hn::Add(g[0], g[2]), half), middle = hn::Mul(g[1], half);
    to[0] = g[0];
    to[1] = hn::Add(ends, middle);
    to[2] = hn::Sub(ends, middle);
    to[3] = g[2];
  }
  template <class D, class V>
  static HWY_INLINE void back_to_kernel(D d, const V* m, V* to) {
    const V half = hn::Set(d, Real(0.5));
    const V mean = hn::Mul(hn::Add(m[1], m[2]), half);
    to[0] = hn::Add(m[0], mean);
    to[1] = hn::Mul(hn::Sub(m[1], m[2]), half);
    to[2] = hn::Add(mean, m[3]);
  }
};

/// F(2, 2): 3 multiplications for 4.
struct TwoTaps {
  static constexpr int taps = 2, pixels = 3, points = 3;

  template <class V>
  static HWY_INLINE void of_patch(const V* x, V* to) {
    to[0] = hn::Sub(x[0], x[1]);
    to[1] = x[1];
    to[2] = hn::Sub(x[2], x[1]);
  }
  template <class V>
  static HWY_INLINE void of_tile(const V* y, V* to) {
    to[0] = y[0];
    to[1] = hn::Add(y[0], y[1]);
    to[2] = y[1];
  }
  template <class V>
  static HWY_INLINE void back_to_tile(const V* m, V* to) {
    to[0] = hn::Add(m[0], m[1]);
    to[1] = hn::Add(m[1], m[2]);
  }
  template <class D, class V>
  static HWY_INLINE void of_kernel(D, const V* g, V* to) {
    to[0] = g[0];
    to[1] = hn::Add(g[0], g[1]);
    to[2] = g[1];
  }
  template <class D, class V>
  static HWY_INLINE void back_to_kernel(D, const V* m, V* to) {
    to[0] = hn::Add(m[0], m[1]);
    to[1] = hn::Add(m[1], m[2]);
  }
};

/// The first taps by one and those behind them by the other, whose results are added: F(2, 5) by
/// itself would multiply less, by fractions that are no binary ones.
template <class First, class Second>
struct Joined {
  static constexpr int taps = First::taps + Second::taps, pixels = First::taps + Second::pixels,
                       points = First::points + Second::points;

  template <class V>
  static HWY_INLINE void of_patch(const V* x, V* to) {
    First::of_patch(x, to);
    Second::of_patch(x + First::taps, to + First::points);
  }
  template <class V>
  static HWY_INLINE void of_tile(const V* y, V* to) {
    First::of_tile(y, to);
    Second::of_tile(y, to + First::points);
  }
  template <class V>
  static HWY_INLINE void back_to_tile(const V* m, V* to) {
    V first[2], second[2];
    First::back_to_tile(m, first);
    Second::back_to_tile(m + First::points, second);
    to[0] = hn::Add(first[0], second[0]);
    to[1] = hn::Add(first[1], second[1]);
  }
  template <class D, class V>
  static HWY_INLINE void of_kernel(D d, const V* g, V* to) {
    First::of_kernel(d, g, to);
    Second::of_kernel(d, g + First::taps, to + First::points);
  }
  template <class D, class V>
  static HWY_INLINE void back_to_kernel(D d, const V* m, V* to) {
    First::back_to_kernel(d, m, to);
    Second::back_to_kernel(d, m + First::points, to + First::taps);
  }
};

using FiveTaps = Joined<ThreeTaps, TwoTaps>;

}  // namespace adjoint::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
