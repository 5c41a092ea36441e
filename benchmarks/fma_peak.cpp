#include "benchmarks/fma_peak.hpp"

#include <algorithm>
#include <array>
#include <chrono>

// Highway compiles this file once for each kind of processor.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/fma_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Runs `rounds` of 12 independent multiply-adds, and returns their number of operations.
double chains(long rounds, float* result) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.999F), term = hn::Set(d, 0.001F);
  // Different from each other, or the compiler would keep one of them.
  const auto start = [&](float x) { return hn::Set(d, x); };
  auto a0 = start(0), a1 = start(1), a2 = start(2), a3 = start(3), a4 = start(4), a5 = start(5);
  auto a6 = start(6), a7 = start(7), a8 = start(8), a9 = start(9), a10 = start(10), a11 = start(11);
  for (long i = 0; i < rounds; ++i) {
    a0 = hn::MulAdd(a0, factor, term), a1 = hn::MulAdd(a1, factor, term);
    a2 = hn::MulAdd(a2, factor, term), a3 = hn::MulAdd(a3, factor, term);
    a4 = hn::MulAdd(a4, factor, term), a5 = hn::MulAdd(a5, factor, term);
    a6 = hn::MulAdd(a6, factor, term), a7 = hn::MulAdd(a7, factor, term);
    a8 = hn::MulAdd(a8, factor, term), a9 = hn::MulAdd(a9, factor, term);
    a10 = hn::MulAdd(a10, factor, term), a11 = hn::MulAdd(a11, factor, term);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                           hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)),
                                   hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
  *result = hn::GetLane(sum);
  return 24.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(chains);

double fma_peak(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  volatile float sink = 0;
  double best = 0;
  for (const auto start = Clock::now(); since(start) < seconds;) {
    const auto begin = Clock::now();
    float result = 0;
    const double operations = HWY_DYNAMIC_DISPATCH(chains)(1'000'000, &result);
    sink = result;
    best = std::max(best, operations / since(begin));
  }
  static_cast<void>(sink);
  return best * 1e-9;
}

}  // namespace adjoint
#endif
