#include <gmock/gmock.h>

#include <algorithm>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/corruptions/poisson_noise.hpp"
#include "datasets/corruptions/salt_and_pepper.hpp"
#include "datasets/corruptions/speckle.hpp"
#include "tests/datasets/corruptions/corrupt.hpp"

namespace adjoint {
namespace {

// The estimate of the mean of n = 10000 values has a standard error of sigma / 100, that of sigma
// sigma / sqrt(2 n); 5 of them are allowed.
constexpr double kMeanError = 0.05;
constexpr double kSigmaError = 0.036;

void expect_moments(const Tensor& noisy, double mean, double sigma) {
  EXPECT_NEAR(mean_of(noisy), mean, kMeanError * sigma);
  EXPECT_NEAR(deviation_of(noisy), sigma, kSigmaError * sigma);
}

TEST(GaussianNoise, HasTheStandardDeviationThatWasAsked) {
  for (const double sigma : {0.01, 0.3, 2.0})
    expect_moments(corrupt(GaussianNoise{{sigma, sigma}}, gray(0.5)), 0.5, sigma);
}

TEST(GaussianNoise, OfARangeIsDrawnForEachSample) {
  double low = 1;
  double high = 0;
  for (Index i = 0; i < 40; ++i) {
    const double found = deviation_of(corrupt(GaussianNoise{{0.1, 0.4}}, gray(0.5), i));
    low = std::min(low, found);
    high = std::max(high, found);
  }
  EXPECT_NEAR(low, 0.1, 0.05);
  EXPECT_NEAR(high, 0.4, 0.05);
  EXPECT_GT(low, 0.095);
  EXPECT_LT(high, 0.42);
}

TEST(Speckle, GrowsWithTheNumberThatItIsOn) {
  for (const Real value : {Real{0.2}, Real{0.8}})
    expect_moments(corrupt(Speckle{{0.3, 0.3}}, gray(value)), value, 0.3 * value);
  EXPECT_EQ(corrupt(Speckle{{0.3, 0.3}}, gray(0)), gray(0));
}

TEST(PoissonNoise, HasTheVarianceOfPhotonsCounted) {
  for (const double peak : {2.0, 20.0, 35.0, 500.0, 1e6}) {
    for (const double value : {0.1, 0.9}) {
      const Tensor noisy =
          corrupt(PoissonNoise{{peak, peak}}, gray(static_cast<Real>(value), {200, 200, 1}));
      // The fourth moment of a Poisson variable is 3 m^2 + m: sigma is estimated to a standard
      // error of sigma sqrt((2 + 1 / m) / 4 n), where m photons are expected.
      const double sigma = std::sqrt(value / peak), photons = peak * value;
      EXPECT_NEAR(mean_of(noisy), value, 5 * sigma / 200) << peak;
      EXPECT_NEAR(deviation_of(noisy), sigma, 5 * sigma * std::sqrt((2 + 1 / photons) / 160000))
          << peak;
    }
  }
}

/// How often each count came, of `mean` photons expected.
std::vector<double> histogram(double mean, std::size_t counts) {
  constexpr double kPeak = 100;
  const Tensor noisy =
      corrupt(PoissonNoise{{kPeak, kPeak}}, gray(static_cast<Real>(mean / kPeak), {400, 400, 1}));
  std::vector<double> share(counts);
  for (const Real x : noisy) {
    const double count = x * kPeak;
    EXPECT_NEAR(count, std::round(count), 1e-3);
    if (std::round(count) < static_cast<double>(counts))
      share[static_cast<std::size_t>(std::round(count))] += 1.0 / 160000;
  }
  return share;
}

TEST(PoissonNoise, CountsAsThePoissonDistributionDoes) {
  // 3: by walking up the distribution; 50: by rejection.
  for (const double mean : {3.0, 50.0}) {
    const std::vector<double> share = histogram(mean, 100);
    double probability = std::exp(-mean);
    for (std::size_t k = 0; k < share.size(); ++k) {
      EXPECT_NEAR(share[k], probability, 5 * std::sqrt((probability + 1e-6) / 160000))
          << "count " << k << " of mean " << mean;
      probability *= mean / static_cast<double>(k + 1);
    }
  }
}

TEST(PoissonNoise, LeavesBlackAndWhatIsBelowBlack) {
  EXPECT_EQ(corrupt(PoissonNoise{}, gray(0)), gray(0));
  EXPECT_EQ(corrupt(PoissonNoise{}, gray(-0.5)), gray(0));
}

TEST(SaltAndPepper, LosesTheAmountOfPixelsThatWasAsked) {
  const Tensor noisy = corrupt(SaltAndPepper{.amount = {0.2, 0.2}, .ratio = 0.25}, gray(0.5));
  const auto count = [&](Real value) { return std::count(noisy.begin(), noisy.end(), value); };
  // Binomial: standard deviations sqrt(n p (1 - p)) of 22, 37 and 40.
  EXPECT_NEAR(count(1), 500, 5 * 22);
  EXPECT_NEAR(count(0), 1500, 5 * 36);
  EXPECT_NEAR(count(0.5), 8000, 5 * 40);
  EXPECT_EQ(count(0) + count(1) + count(0.5), 10000);
}

TEST(SaltAndPepper, LosesAllChannelsOfAPixel) {
  const Tensor noisy = corrupt(SaltAndPepper{.amount = {0.5, 0.5}}, gray(0.5, {20, 20, 3}));
  for (Index i = 0; i < 1200; i += 3) {
    EXPECT_EQ(noisy.data()[i], noisy.data()[i + 1]);
    EXPECT_EQ(noisy.data()[i], noisy.data()[i + 2]);
  }
}

}  // namespace
}  // namespace adjoint
