#include "datasets/noise/image_noise.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "tests/datasets/noise/noisy_images.hpp"

namespace adjoint {
namespace {

ImageNoise noise_of(const Tensor& image) {
  const auto noise = image_noise({&image, 1});
  EXPECT_TRUE(noise);
  return noise.value_or(ImageNoise{});
}

TEST(ImageNoise, FindsTheStandardDeviationOfGaussianNoise) {
  for (const double sigma : {0.02, 0.06, 0.098, 0.2}) {
    const ImageNoise noise = noise_of(with_noise(clean_image(), sigma));
    EXPECT_NEAR(noise.sigma, sigma, 0.05 * sigma);
    EXPECT_NEAR(noise.flat_sigma, sigma, 0.08 * sigma);
    EXPECT_NEAR(noise.correlation.value(), 0, 0.1);
    EXPECT_FALSE(noise.clipped);
    // Clipping to 8 bits takes away what lies beyond black and white.
    EXPECT_NEAR(noise_of(stored(with_noise(clean_image(), sigma))).sigma, sigma, 0.1 * sigma);
  }
}

TEST(ImageNoise, FindsNextToNoneInACleanImage) {
  EXPECT_LT(noise_of(clean_image()).sigma, 0.001);
  EXPECT_LT(noise_of(stored(clean_image())).sigma, 0.003);
}

TEST(ImageNoise, VarianceOfPhotonNoiseFollowsBrightness) {
  const ImageNoise noise = noise_of(with_noise(clean_image(), 0, 60));
  ASSERT_GT(noise.points.size(), 6U);
  for (const NoisePoint& point : noise.points)
    EXPECT_NEAR(point.variance, point.brightness / 60, 0.25 * point.brightness / 60);
}

TEST(ImageNoise, FindsCorrelationAndNoiseOfAllFrequencies) {
  const ImageNoise noise = noise_of(with_correlated_noise(clean_image(), 0.06));
  EXPECT_NEAR(noise.correlation.value(), 0.5, 0.12);
  EXPECT_NEAR(noise.flat_sigma, 0.06, 0.008);
  EXPECT_LT(noise.sigma, 0.045);  // little at high frequencies
}

TEST(ImageNoise, LeavesMasksOut) {
  Tensor image = with_noise(clean_image(), 0.05);
  for (Index y = 0; y < 160; ++y) {
    for (Index x = 0; x < 160; ++x) {
      if ((x - 80) * (x - 80) + (y - 80) * (y - 80) > 70 * 70) image.data()[y * 160 + x] = 0.3F;
    }
  }
  EXPECT_NEAR(noise_of(image).sigma, 0.05, 0.005);
}

TEST(ImageNoise, SaysWhereClippingHasCutAllNoise) {
  const Tensor dark = stored(with_noise(make_tensor({64, 64, 1}, Real{0}), 0.1));
  const ImageNoise noise = noise_of(dark);
  EXPECT_TRUE(noise.clipped);
  EXPECT_LT(noise.sigma, 0.09);
}

TEST(ImageNoise, MeasuresSmallImagesTogetherAndEachChannel) {
  std::vector<Tensor> images;
  for (std::uint32_t i = 0; i < 20; ++i)
    images.push_back(with_noise(make_tensor({16, 20, 3}, Real{0.4}), 0.08, 0, i));
  EXPECT_NEAR(image_noise(images).value().sigma, 0.08, 0.006);
}

TEST(ImageNoise, IsOfAnyScale) {
  Tensor image = with_noise(clean_image(), 0.05);
  for (Real& x : image) x *= Real{1} / 16;  // 12 bits in 16
  EXPECT_NEAR(noise_of(image).sigma, 0.05 / 16, 0.004 / 16);
}

TEST(ImageNoise, MeasuresNoImageThatIsTooSmallConstantOrNotFinite) {
  const std::vector<Tensor> small{with_noise(make_tensor({7, 100, 1}, Real{0.5}), 0.1)};
  EXPECT_FALSE(image_noise(small));
  const std::vector<Tensor> constant{make_tensor({32, 32, 1}, Real{0.5})};
  EXPECT_FALSE(image_noise(constant));
  std::vector<Tensor> broken{with_noise(make_tensor({32, 32, 1}, Real{0.5}), 0.1)};
  broken[0].data()[77] = std::numeric_limits<Real>::quiet_NaN();
  EXPECT_FALSE(image_noise(broken));
  EXPECT_FALSE(image_noise({}));
}

}  // namespace
}  // namespace adjoint
