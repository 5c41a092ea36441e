#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/tensor/random.hpp"
#include "inference/inspection/kernels/kernel_comparison.hpp"
#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

/// Channel f of the result is sign[f] * 3 times channel order[f] of the kernel.
Tensor reordered(const Tensor& kernel, const std::vector<Index>& order,
                 const std::vector<int>& sign) {
  const auto channels = static_cast<Index>(order.size());
  Tensor result = kernel;
  for (Index i = 0; i < static_cast<Index>(kernel.size()); ++i) {
    const auto f = static_cast<std::size_t>(i % channels);
    result.data()[i] =
        static_cast<Real>(3 * sign[f]) * kernel.data()[i - static_cast<Index>(f) + order[f]];
  }
  return result;
}

TEST(KernelComparison, FindsAKnownOrderAndIgnoresScale) {
  const Tensor first = random_kernel({3, 3, 2, 5}, 1);
  const std::vector<Index> order{3, 0, 4, 2, 1};
  const Tensor second = reordered(first, order, {1, 1, 1, 1, 1});
  const KernelComparison comparison = compare_kernels(view(first), view(second));
  // Channel order[f] of the first went to f.
  EXPECT_EQ(comparison.matching, (std::vector<Index>{1, 4, 3, 0, 2}));
  for (double cosine : comparison.matched) EXPECT_NEAR(cosine, 1, 1e-5);
  EXPECT_EQ(comparison.same_channel_matches(), 0);
}

TEST(KernelComparison, GivesAKernelWithItsSignTurnedACosineOfMinusOne) {
  const Tensor first = random_kernel({3, 3, 1, 3}, 1);
  const Tensor second = reordered(first, {0, 1, 2}, {1, -1, 1});
  const KernelComparison comparison = compare_kernels(view(first), view(second));
  EXPECT_NEAR(comparison.by_channel[0], 1, 1e-5);
  EXPECT_NEAR(comparison.by_channel[1], -1, 1e-5);
  EXPECT_NEAR(comparison.by_channel[2], 1, 1e-5);
  EXPECT_NEAR(summarize(comparison.by_channel).mean, 1.0 / 3, 1e-5);
}

TEST(KernelComparison, ComputesKnownCosines) {
  // Two feature channels with 2 weights each: (1, 0) and (1, 1) against (0, 2) and (3, 3).
  const Tensor first = make_kernel({1, 2, 1, 2}, {1, 1, 0, 1});
  const Tensor second = make_kernel({1, 2, 1, 2}, {0, 3, 2, 3});
  const KernelComparison comparison = compare_kernels(view(first), view(second));
  EXPECT_NEAR(comparison.by_channel[0], 0, 1e-6);
  EXPECT_NEAR(comparison.by_channel[1], 1, 1e-6);
  EXPECT_NEAR(comparison.cosine, 6 / (std::sqrt(3) * std::sqrt(22)), 1e-6);
}

TEST(KernelComparison, FindsAKnownRotationOfTheFeatures) {
  // Two features, turned by 30 degrees and made twice as large; and one of them left out.
  const Real c = std::sqrt(Real{3}) / 2, s = 0.5F;
  const Tensor first = make_kernel({1, 3, 1, 2}, {1, 0, 0, 1, 2, -1});
  Tensor turned = first, half = first;
  for (Index i = 0; i < 3; ++i) {
    const Real x = first.data()[2 * i], y = first.data()[2 * i + 1];
    turned.data()[2 * i] = 2 * (c * x - s * y);
    turned.data()[2 * i + 1] = 2 * (s * x + c * y);
    half.data()[2 * i + 1] = 0;
  }
  EXPECT_NEAR(compare_kernels(view(first), view(turned)).rotated, 1, 1e-6);
  EXPECT_NEAR(compare_kernels(view(first), view(turned)).cosine, c, 1e-6);
  // The features a = (1, 0, 2), b = (0, 1, -1) and (a, 0): the products have one column,
  // (a.a, b.a) = (5, -2), whose length is their only singular value; the norms are sqrt(7),
  // sqrt(5).
  EXPECT_NEAR(compare_kernels(view(first), view(half)).rotated, std::sqrt(29.0 / 35), 1e-6);
}

TEST(KernelComparison, CountsZerosAsCosineZero) {
  const Tensor first = random_kernel({3, 3, 1, 2}, 1);
  const Tensor zeros = make_tensor({3, 3, 1, 2}, 0);
  const KernelComparison comparison = compare_kernels(view(first), view(zeros));
  EXPECT_EQ(comparison.cosine, 0);
  EXPECT_EQ(comparison.by_channel, (std::vector<double>{0, 0}));
  EXPECT_EQ(comparison.rotated, 0);
}

TEST(ChanceLevel, IsWhatRandomDirectionsGive) {
  // In two dimensions the angle is uniform: the mean |cosine| is 2 / pi, here over 8 x 400 pairs.
  EXPECT_NEAR(chance_level({1, 2, 1, 400}).absolute_by_channel, 2 / M_PI, 0.02);
  // In many dimensions cosines are normal with variance 1 / dimensions, and |cosine| half of that.
  EXPECT_NEAR(chance_level({3, 3, 16, 64}).absolute_by_channel, std::sqrt(2 / M_PI / 144), 0.005);
  // One kernel has no choice: its match is a cosine around zero.
  EXPECT_LT(std::abs(chance_level({3, 3, 64, 1}).matched), 0.05);
}

TEST(Summary, TakesTheMiddleOfAnEvenNumber) {
  const Summary summary = summarize({4, 1, 10, 2});
  EXPECT_EQ(summary.mean, 4.25);
  EXPECT_EQ(summary.median, 3);
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.max, 10);
}

TEST(RelativeChange, IsAgainstTheNormBefore) {
  const Tensor before{3, 4}, after{3, 1};
  EXPECT_DOUBLE_EQ(relative_change(view(before), view(after)), 3.0 / 5);
  EXPECT_DOUBLE_EQ(frobenius_norm(view(before)), 5);
}

TEST(KernelComparison, ComparesSpacesAndFrequenciesWhateverTheOrderAndTheSigns) {
  const Tensor first = random_kernel({3, 3, 4, 5}, 1);
  const Tensor second = reordered(first, {3, 0, 4, 2, 1}, {1, -1, 1, -1, -1});
  const KernelComparison same = compare_kernels(view(first), view(second));
  for (const double cosine : same.subspaces.cosines) EXPECT_NEAR(cosine, 1, 1e-5);
  EXPECT_NEAR(same.frequency_cosine, 1, 1e-5);
  const Tensor other = random_kernel({3, 3, 4, 5}, 2);
  const KernelComparison strange = compare_kernels(view(first), view(other));
  // Spaces of 4 or 5 dimensions in 36: cosines far below 1, as chance has them.
  const ChanceLevel chance = chance_level({3, 3, 4, 5});
  EXPECT_LT(chance.subspaces, 0.5);
  EXPECT_NEAR(summarize(strange.subspaces.cosines).mean, chance.subspaces, 0.15);
  EXPECT_NEAR(strange.frequency_cosine, chance.frequency_cosine, 0.1);
}

TEST(IdleKernels, AreThoseOfNoWeightAndThoseThatRepeatOthers) {
  // Four feature channels with two weights each: (3, 1), (-6, -2), (0, 0.01), (1, -3).
  const Tensor four = make_kernel({1, 2, 1, 4}, {3, -6, 0, 1, 1, -2, 0.01F, -3});
  const IdleKernels idle = idle_kernels(view(four));
  EXPECT_EQ(idle.dead, 1);
  EXPECT_EQ(idle.duplicates, 1);
  const Tensor zeros = make_kernel({1, 1, 1, 2}, {0, 0});
  EXPECT_EQ(idle_kernels(view(zeros)).dead, 2);
}

}  // namespace
}  // namespace adjoint
