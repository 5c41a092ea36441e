#include "datasets/noise/noise_estimate.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "datasets/formats/image_file.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/noise/noisy_images.hpp"

namespace adjoint {
namespace {

class NoisyDataset : public Dataset {
 public:
  explicit NoisyDataset(std::vector<Tensor> images) : images_(std::move(images)) {}
  Index size() const override { return static_cast<Index>(images_.size()); }
  Shape shape() const override { return shape_of(images_.front()); }
  void read(Index index, std::uint32_t, View sample) const override {
    std::ranges::copy(images_[static_cast<std::size_t>(index)], sample.flat().begin());
  }

 private:
  std::vector<Tensor> images_;
};

using Corrupt = Tensor(const Tensor& clean, std::uint32_t index);

/// The estimate of eight images.
NoiseEstimate estimate(const std::function<Corrupt>& corrupt, Index size = 160, Index count = 8) {
  std::vector<Tensor> images;
  for (Index i = 0; i < count; ++i)
    images.push_back(corrupt(clean_image(size), static_cast<std::uint32_t>(i)));
  return estimate_noise(NoisyDataset(std::move(images))).value();
}

TEST(NoiseEstimate, TellsGaussianNoise) {
  const NoiseEstimate noise =
      estimate([](const Tensor& x, auto i) { return with_noise(x, 0.098, 0, i); });
  EXPECT_EQ(noise.images, 8);
  EXPECT_EQ(noise.trend, NoiseTrend::even);
  EXPECT_NEAR(noise.sigma.median, 0.098, 0.003);
  EXPECT_LE(noise.sigma.least, noise.sigma.low);
  EXPECT_LE(noise.sigma.high, noise.sigma.largest);
  EXPECT_NEAR(std::sqrt(noise.line.additive), 0.098, 0.004);
  EXPECT_EQ(noise.line.photon, 0);
  EXPECT_FALSE(noise.correlated);
  EXPECT_FALSE(noise.none());
}

TEST(NoiseEstimate, TellsPhotonNoise) {
  for (const double peak : {20.0, 60.0, 200.0}) {
    const NoiseEstimate noise =
        estimate([&](const Tensor& x, auto i) { return with_noise(x, 0, peak, i); });
    EXPECT_EQ(noise.trend, NoiseTrend::photon) << peak;
    EXPECT_NEAR(1 / noise.line.photon, peak, 0.1 * peak);
    EXPECT_EQ(noise.line.additive, 0);
  }
}

TEST(NoiseEstimate, TellsBothTogether) {
  const NoiseEstimate noise =
      estimate([](const Tensor& x, auto i) { return with_noise(x, 0.05, 100, i); });
  EXPECT_EQ(noise.trend, NoiseTrend::both);
  EXPECT_NEAR(1 / noise.line.photon, 100, 15);
  EXPECT_NEAR(std::sqrt(noise.line.additive), 0.05, 0.008);
}

TEST(NoiseEstimate, TellsNoiseThatFallsWithBrightness) {
  const NoiseEstimate noise = estimate([](const Tensor& x, auto i) {
    Tensor noisy = with_noise(make_tensor(shape_of(x), Real{0}), 0.1, 0, i);
    for (Index p = 0; p < shape_of(x).size(); ++p)
      noisy.data()[p] = x.data()[p] + noisy.data()[p] * (1 - Real{0.7} * x.data()[p]);
    return noisy;
  });
  EXPECT_EQ(noise.trend, NoiseTrend::falling);
}

TEST(NoiseEstimate, TellsCorrelatedNoise) {
  const NoiseEstimate noise =
      estimate([](const Tensor& x, auto i) { return with_correlated_noise(x, 0.06, i); });
  EXPECT_TRUE(noise.correlated);
  // A plane through a block takes some of the correlation with it: about 0.45 is left of the half.
  EXPECT_NEAR(noise.correlation.value(), 0.45, 0.05);
  EXPECT_NEAR(noise.sigma.median, 0.06, 0.006);
  EXPECT_EQ(noise.trend, NoiseTrend::unknown);
}

TEST(NoiseEstimate, ClaimsNothingOfCleanImagesOrOfOneBrightness) {
  const NoiseEstimate clean = estimate([](const Tensor& x, auto) { return x; });
  EXPECT_TRUE(clean.none());
  EXPECT_FALSE(clean.correlated);
  EXPECT_EQ(clean.trend, NoiseTrend::unknown);
  const NoiseEstimate gray = estimate([](const Tensor& x, auto i) {
    return with_noise(make_tensor(shape_of(x), Real{0.5}), 0.05, 0, i);
  });
  EXPECT_EQ(gray.trend, NoiseTrend::unknown);
  EXPECT_NEAR(gray.sigma.median, 0.05, 0.003);
}

TEST(NoiseEstimate, MeasuresSmallImagesInGroupsAndTheMiddleOfLargeOnes) {
  const NoiseEstimate small =
      estimate([](const Tensor& x, auto i) { return with_noise(x, 0.06, 0, i); }, 32, 100);
  EXPECT_EQ(small.together, 16);
  EXPECT_EQ(small.images, 96);
  EXPECT_NEAR(small.sigma.median, 0.06, 0.005);
  const NoiseEstimate large =
      estimate([](const Tensor& x, auto i) { return with_noise(x, 0.06, 0, i); }, 700, 1);
  EXPECT_EQ(large.images, 1);
  EXPECT_NEAR(large.sigma.median, 0.06, 0.004);
}

TEST(NoiseEstimate, MeasuresNothingInConstantImages) {
  EXPECT_FALSE(estimate_noise(NoisyDataset({make_tensor({40, 40, 1}, Real{0.2})})));
  EXPECT_FALSE(estimate_noise(NoisyDataset({clean_image(4), clean_image(4)})));
}

TEST(NoiseEstimate, MakesNoClaimWhereClippingHasCutTheNoise) {
  const NoiseEstimate noise = estimate([](const Tensor& x, auto i) {
    return stored(with_noise(make_tensor(shape_of(x), Real{0}), 0.1, 0, i));
  });
  EXPECT_TRUE(noise.clipped);
  EXPECT_EQ(noise.trend, NoiseTrend::unknown);
  EXPECT_FALSE(noise.correlated);
}

/// Real photographs: their texture must not count as noise.
TEST(NoiseEstimate, HoldsOnPhotographs) {
  ADJOINT_DATA_OR_SKIP(folder);
  std::vector<Tensor> photos;
  for (int i = 1; i <= 400; i += 25) {
    const auto file =
        std::filesystem::path(folder) / fmt::format("photos-gray-train/test_{:03}.png", i);
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
    photos.push_back(read_image(file).pixels);
  }
  const auto with = [&](double sigma, double peak) {
    std::vector<Tensor> noisy;
    for (const Tensor& photo : photos) {
      noisy.push_back(
          stored(with_noise(photo, sigma, peak, static_cast<std::uint32_t>(noisy.size()))));
    }
    return estimate_noise(NoisyDataset(std::move(noisy))).value();
  };
  const NoiseEstimate clean = with(0, 0);
  EXPECT_TRUE(clean.none()) << clean.sigma.median;
  EXPECT_FALSE(clean.correlated);
  for (const double sigma : {0.02, 0.06, 0.098, 0.2}) {
    const NoiseEstimate noise = with(sigma, 0);
    EXPECT_NEAR(noise.sigma.median, sigma, 0.1 * sigma);
    EXPECT_EQ(noise.trend, NoiseTrend::even) << sigma;
    EXPECT_FALSE(noise.correlated) << noise.correlation.value();
  }
  for (const double peak : {20.0, 60.0, 200.0}) {
    const NoiseEstimate noise = with(0, peak);
    EXPECT_EQ(noise.trend, NoiseTrend::photon) << peak;
    EXPECT_NEAR(1 / noise.line.photon, peak, 0.1 * peak);
  }
}

}  // namespace
}  // namespace adjoint
