#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Runs a test once for each of the instruction sets that this machine can show.
class EveryTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { choose(GetParam()); }
  void TearDown() override { choose(0); }

 private:
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

inline std::vector<std::int64_t> every_target() {
  return hwy::SupportedAndGeneratedTargets();
}

#define ADJOINT_EVERY_TARGET(Suite)                                           \
  INSTANTIATE_TEST_SUITE_P(Targets, Suite, testing::ValuesIn(every_target()), \
                           [](const auto& info) { return hwy::TargetName(info.param); })

inline constexpr Real kNaN = std::numeric_limits<Real>::quiet_NaN();
inline constexpr Real kInfinity = std::numeric_limits<Real>::infinity();

/// Elements that begin off any alignment and end before a guard, which must stay as it was.
class Guarded {
 public:
  explicit Guarded(std::vector<Real> elements) : memory_(std::move(elements)) {
    size_ = static_cast<Index>(memory_.size());
    memory_.insert(memory_.begin(), kGuard);
    memory_.insert(memory_.end(), 64, kGuard);
  }
  ~Guarded() {
    EXPECT_EQ(memory_.front(), kGuard) << "written before the first element";
    const auto end = memory_.begin() + 1 + size_;
    EXPECT_EQ(std::count(end, memory_.end(), kGuard), memory_.end() - end)
        << "written past the end of " << size_ << " elements";
  }
  View view() { return {memory_.data() + 1, Shape{size_}}; }
  View view(const Shape& shape) { return {memory_.data() + 1, shape}; }
  Real operator[](Index i) const { return memory_[static_cast<std::size_t>(i) + 1]; }

 private:
  static constexpr Real kGuard = 12345;
  std::vector<Real> memory_;
  Index size_;
};

/// Numbers between -4 and 4 that look random, none of them 0.
inline std::vector<Real> numbers(Index size, int seed) {
  std::vector<Real> values;
  for (Index i = 0; i < size; ++i) {
    values.push_back(static_cast<Real>(4 * std::sin(1.7 * static_cast<double>(i) + seed + 0.1)));
  }
  return values;
}

/// Passes where both are NaN, the same infinity, or apart by at most `ulps` roundings at `scale`.
inline void expect_near(Real got, double expected, double ulps, double scale) {
  if (std::isnan(expected) || std::isinf(expected)) {
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(got) : got == static_cast<Real>(expected))
        << "expected " << expected << ", got " << got;
    return;
  }
  const double tolerance = ulps * static_cast<double>(std::numeric_limits<Real>::epsilon()) * scale;
  EXPECT_NEAR(got, expected, tolerance);
}

inline void expect_near(Real got, double expected, double ulps) {
  expect_near(got, expected, ulps, std::abs(expected));
}

}  // namespace adjoint
