#include "inference/detection/interval.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace adjoint {
namespace {

// The definition: the limits are those shares from which the one seen is 1.96 standard deviations
// away.
TEST(WilsonInterval, EndsWhereTheNormalTestRejects) {
  for (const auto& [count, of] : {std::pair<Index, Index>{1, 7}, {3, 32}, {199, 200}}) {
    const Interval interval = wilson_interval(count, of);
    const double n = static_cast<double>(of), seen = static_cast<double>(count) / n;
    for (const double share : {interval.low, interval.high})
      EXPECT_NEAR(std::abs(seen - share), 1.959964 * std::sqrt(share * (1 - share) / n), 1e-6);
  }
}

TEST(WilsonInterval, HasTheKnownLimits) {
  const Interval few = wilson_interval(3, 32);
  EXPECT_NEAR(few.low, 0.0324, 5e-5);
  EXPECT_NEAR(few.high, 0.2422, 5e-5);
  const Interval half = wilson_interval(5, 10);
  EXPECT_NEAR(half.low, 0.2366, 5e-5);
  EXPECT_NEAR(half.high, 0.7634, 5e-5);
}

TEST(WilsonInterval, EndsWhereNothingOrEverythingWasSeen) {
  const Interval none = wilson_interval(0, 20), all = wilson_interval(20, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  EXPECT_EQ(all.high, 1);
  EXPECT_NEAR(all.low, 0.8389, 5e-5);
}

}  // namespace
}  // namespace adjoint
