#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "framework/tensor/random.hpp"
#include "inference/inspection/kernels/assignment.hpp"

namespace adjoint {
namespace {

double sum_of(const Tensor& gains, const std::vector<Index>& columns) {
  double sum = 0;
  for (std::size_t row = 0; row < columns.size(); ++row) sum += gains(row, columns[row]);
  return sum;
}

/// The greatest sum over all n! assignments.
double greatest_sum(const Tensor& gains) {
  std::vector<Index> columns(gains.shape()[0]);
  std::iota(columns.begin(), columns.end(), 0);
  double greatest = sum_of(gains, columns);
  while (std::ranges::next_permutation(columns).found) {
    greatest = std::max(greatest, sum_of(gains, columns));
  }
  return greatest;
}

TEST(Assignment, IsAsGoodAsTheBestOfAllPermutations) {
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    Random random({.seed = 5, .index = trial});
    const Index n = 1 + trial % 7;
    Tensor gains = make_tensor({n, n});
    // Every other matrix is of few small integers, so that many assignments are equally good.
    for (Real& gain : gains) {
      gain = trial % 2 == 0 ? random.normal() : static_cast<Real>(random.below(3));
    }
    const std::vector<Index> columns = best_assignment(view(gains));
    std::vector<Index> sorted = columns;
    std::ranges::sort(sorted);
    for (Index i = 0; i < n; ++i) ASSERT_EQ(sorted[static_cast<std::size_t>(i)], i);
    EXPECT_NEAR(sum_of(gains, columns), greatest_sum(gains), 1e-5) << "trial " << trial;
  }
}

TEST(Assignment, GivesUpALargeGainForAGreaterSum) {
  const Tensor gains{{9, 8}, {8, 1}};
  EXPECT_EQ(best_assignment(view(gains)), (std::vector<Index>{1, 0}));
}

}  // namespace
}  // namespace adjoint
