#include "inference/inspection/kernels/identity_distance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

double distance(const Tensor& kernel, const Tensor& other, const Extent2& strides = {1, 1},
                const Extent2& dilation = {1, 1}, Index groups = 1) {
  return identity_distance(view(kernel), view(other), strides, dilation, groups);
}

TEST(IdentityDistance, IsNoneWhereTheImageComesBack) {
  const Tensor channels = make_kernel({1, 1, 2, 2}, {1, 0, 0, 1});
  const Tensor thrice = make_kernel({1, 1, 2, 2}, {3, 0, 0, 3});
  EXPECT_NEAR(distance(channels, thrice), 0, 1e-6);
  // A block of 2 x 2 pixels as four features.
  const Tensor block = make_kernel({2, 2, 1, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  EXPECT_NEAR(distance(block, block, {2, 2}), 0, 1e-6);
}

TEST(IdentityDistance, IsOneWhereNothingOfItDoes) {
  const Tensor channels = make_kernel({1, 1, 2, 2}, {1, 0, 0, 1});
  const Tensor swapped = make_kernel({1, 1, 2, 2}, {0, 1, 1, 0});
  EXPECT_NEAR(distance(channels, swapped), 1, 1e-6);
  EXPECT_EQ(distance(channels, make_kernel({1, 1, 2, 2}, {0, 0, 0, 0})), 1);
}

TEST(IdentityDistance, KnowsThatAFewFeaturesCannotHoldAll) {
  const Tensor half = make_kernel({2, 2, 1, 2}, {1, 0, 0, 1, 0, 0, 0, 0});
  EXPECT_NEAR(distance(half, half, {2, 2}), std::sqrt(0.5), 1e-6);
}

TEST(IdentityDistance, CountsWhatOverlappingWindowsAdd) {
  const Tensor box = make_kernel({1, 3, 1, 1}, {1, 1, 1});
  // At every pixel 1 2 3 2 1: the trace is 3, the sum of squares 19.
  EXPECT_NEAR(distance(box, box), std::sqrt(1 - 9.0 / 19), 1e-6);
  // With stride 2, half of the pixels give 1 1 2 1 1, the others 1 1 1: of two pixels 11.
  EXPECT_NEAR(distance(box, box, {1, 2}), std::sqrt(1 - 9.0 / (2 * 11)), 1e-6);
  // Taps two pixels apart meet the stride's pixels alone: 1 2 3 2 1 at one pixel of two.
  EXPECT_NEAR(distance(box, box, {1, 2}, {1, 2}), std::sqrt(1 - 9.0 / (2 * 19)), 1e-6);
}

TEST(IdentityDistance, KeepsGroupsApart) {
  // Two groups of one channel and two features each.
  const Tensor kernel = make_kernel({1, 1, 1, 4}, {1, 0, 0, 1});
  const Tensor crossed = make_kernel({1, 1, 1, 4}, {0, 1, 0, 1});
  EXPECT_NEAR(distance(kernel, kernel, {1, 1}, {1, 1}, 2), 0, 1e-6);
  // The first group gives nothing back, the second all: 1 of 2.
  EXPECT_NEAR(distance(kernel, crossed, {1, 1}, {1, 1}, 2), std::sqrt(0.5), 1e-6);
}

}  // namespace
}  // namespace adjoint
