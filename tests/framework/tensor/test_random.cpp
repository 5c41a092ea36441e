#include "framework/tensor/random.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace adjoint {
namespace {

using testing::ElementsAre;

// Known answers of Random123's kat_vectors, "philox4x32 10".
TEST(Philox, AgreesWithThePublishedVectors) {
  EXPECT_THAT(philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(
      philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(
      philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(Random, IsAFunctionOfItsKey) {
  const RandomKey key{.seed = 7, .purpose = Purpose::corruption, .epoch = 3, .index = 11};
  RandomKey other = key;
  other.index = 12;
  Random a(key), b(key), c(other);
  const std::uint32_t first = a.bits();
  EXPECT_EQ(first, b.bits());
  EXPECT_NE(first, c.bits());
}

TEST(Random, NormalsHaveTheMomentsOfANormal) {
  Random random({.seed = 1});
  const int count = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < count; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  // Five standard errors of each estimate.
  EXPECT_NEAR(sum / count, 0.0, 5 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 1.0, 5 * std::sqrt(2.0 / count));
  EXPECT_NEAR(fourth / count, 3.0, 5 * std::sqrt(96.0 / count));
}

TEST(Random, PermutationHoldsEveryPositionOnce) {
  std::vector<Index> order =
      permutation(1000, {.seed = 5, .purpose = Purpose::shuffle, .epoch = 1});
  EXPECT_NE(order, permutation(1000, {.seed = 5, .purpose = Purpose::shuffle, .epoch = 2}));
  std::sort(order.begin(), order.end());
  for (Index i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
}

}  // namespace
}  // namespace adjoint
