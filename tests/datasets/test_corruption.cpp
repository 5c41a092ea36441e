#include "datasets/corruption.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// What the corruptions make of gray 0.5.
Tensor corrupted(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed = 1,
                 std::uint32_t epoch = 0, Index index = 0) {
  Tensor sample = make_tensor({100, 100, 1}, Real{0.5});
  corrupt(corruptions, seed, epoch, index, view(sample));
  return sample;
}

double deviation(const Tensor& sample) {
  double squares = 0;
  for (Real x : sample) squares += (x - 0.5) * (x - 0.5);
  return std::sqrt(squares / static_cast<double>(sample.size()));
}

// Of n values, the estimate of sigma has a standard error of sigma / sqrt(2 n).
TEST(GaussianNoise, HasTheStandardDeviationThatWasAsked) {
  for (const double sigma : {0.01, 0.3, 2.0}) {
    const Tensor noisy = corrupted({{.sigma = {sigma, sigma}}});
    EXPECT_NEAR(deviation(noisy), sigma, 5 * sigma / std::sqrt(20000));
    double sum = 0;
    for (Real x : noisy) sum += x - 0.5;
    EXPECT_NEAR(sum / 10000, 0, 5 * sigma / 100);
  }
}

TEST(GaussianNoise, OfARangeIsDrawnForEachSample) {
  double low = 1;
  double high = 0;
  for (Index i = 0; i < 40; ++i) {
    const double found = deviation(corrupted({{.sigma = {0.1, 0.4}}}, 1, 0, i));
    low = std::min(low, found);
    high = std::max(high, found);
  }
  EXPECT_NEAR(low, 0.1, 0.05);
  EXPECT_NEAR(high, 0.4, 0.05);
  EXPECT_GT(low, 0.095);
  EXPECT_LT(high, 0.42);
}

TEST(GaussianNoise, ClipsIfAsked) {
  const auto outside = [](const Tensor& sample) {
    return std::count_if(sample.begin(), sample.end(), [](Real x) { return x < 0 || x > 1; });
  };
  EXPECT_GT(outside(corrupted({{.sigma = {0.5, 0.5}}})), 2000);
  EXPECT_EQ(outside(corrupted({{.sigma = {0.5, 0.5}, .clip = true}})), 0);
}

TEST(Corruption, IsAFunctionOfSeedEpochAndIndex) {
  const std::vector<CorruptionSpec> noise{{.sigma = {0.1, 0.2}}};
  EXPECT_EQ(corrupted(noise, 1, 2, 3), corrupted(noise, 1, 2, 3));
  EXPECT_NE(corrupted(noise, 1, 2, 3), corrupted(noise, 2, 2, 3));
  EXPECT_NE(corrupted(noise, 1, 2, 3), corrupted(noise, 1, 3, 3));
  EXPECT_NE(corrupted(noise, 1, 2, 3), corrupted(noise, 1, 2, 4));
}

// Were both the same numbers, the deviations would add up to 0.2.
TEST(Corruption, TwoInAListAreIndependent) {
  const std::vector<CorruptionSpec> twice(2, {.sigma = {0.1, 0.1}});
  EXPECT_NEAR(deviation(corrupted(twice)), 0.1 * std::sqrt(2), 0.005);
}

TEST(Corruption, OfAnUnknownKindIsRefused) {
  EXPECT_THAT([] { corrupted({{.kind = "gaussain"}}); },
              ThrowsMessage<InputError>(HasSubstr("kind 'gaussain'; known: gaussian")));
}

}  // namespace
}  // namespace adjoint
