#include "inference/detection/residual.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/metrics/ssim.hpp"
#include "framework/settings/named_enum.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

Tensor image_of(const Shape& shape, const std::vector<Real>& values) {
  Tensor image = make_tensor(shape);
  std::ranges::copy(values, image.data());
  return image;
}

TEST(Residual, IsTheMeanOverTheChannels) {
  const Tensor image = image_of({1, 2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor output = image_of({1, 2, 3}, {0.5, 0, -0.25, 1, 1, 0.5});
  const Tensor l1 = residual_map({.residual = ResidualKind::l1}, view(image), view(output));
  EXPECT_EQ(shape_of(l1), (Shape{1, 2, 1}));
  EXPECT_FLOAT_EQ(l1.data()[0], 0.25F);
  EXPECT_FLOAT_EQ(l1.data()[1], 0.5F / 3);
  const Tensor squared =
      residual_map({.residual = ResidualKind::squared}, view(image), view(output));
  EXPECT_FLOAT_EQ(squared.data()[0], 0.3125F / 3);
  EXPECT_FLOAT_EQ(squared.data()[1], 0.25F / 3);
}

TEST(Residual, CountsWhatIsDarkerOrBrighterAlone) {
  const Tensor image = image_of({1, 3, 1}, {0.25, 0.5, 1});
  const Tensor output = image_of({1, 3, 1}, {0.75, 0.5, 0.75});
  const auto values = [&](DifferenceKind difference, ResidualKind residual) {
    const Tensor map =
        residual_map({.residual = residual, .difference = difference}, view(image), view(output));
    return std::vector<Real>(map.begin(), map.end());
  };
  using Kind = DifferenceKind;
  EXPECT_EQ(values(Kind::any, ResidualKind::l1), (std::vector<Real>{0.5, 0, 0.25}));
  EXPECT_EQ(values(Kind::darker, ResidualKind::l1), (std::vector<Real>{0.5, 0, 0}));
  EXPECT_EQ(values(Kind::brighter, ResidualKind::l1), (std::vector<Real>{0, 0, 0.25}));
  EXPECT_EQ(values(Kind::darker, ResidualKind::squared), (std::vector<Real>{0.25, 0, 0}));
}

// ((x - mean) / scale - offset) / range. Mean (0.5) and scale (mean distance from it) are those of
// the image, for the output, too.
TEST(Residual, MayBeThatOfNormalizedNumbers) {
  const Normalization normalization({.kind = NormalizationKind::global_contrast}, {-1}, {2}, {});
  const Tensor output = image_of({1, 2, 1}, {0.5, 0.25});
  const auto values = [&](Real low, Real high, const DetectionSettings& settings) {
    const Tensor image = image_of({1, 2, 1}, {low, high});
    const Tensor map = residual_map(settings, view(image), view(output), normalization);
    return std::vector<Real>(map.begin(), map.end());
  };
  const DetectionSettings l1{.normalized = true};
  EXPECT_EQ(values(0.25, 0.75, l1), (std::vector<Real>{0.5, 1}));      // scale 0.25
  EXPECT_EQ(values(0.375, 0.625, l1), (std::vector<Real>{0.5, 1.5}));  // scale 0.125
  EXPECT_EQ(values(0.375, 0.625, {}), (std::vector<Real>{0.125, 0.375}));
  const DetectionSettings squared{.residual = ResidualKind::squared, .normalized = true};
  EXPECT_EQ(values(0.375, 0.625, squared), (std::vector<Real>{0.25, 2.25}));
}

// On even residuals the window does not matter: each is r / (r + 0.01). A coarse texture then
// scores as a smooth one does, and a spot stands out of either.
TEST(Residual, MayBeRelativeToWhatIsAround) {
  const Tensor output = make_tensor({64, 64, 1}, Real(0.5));
  const auto relative = [&](Real even, Real spot) {
    Tensor image = make_tensor({64, 64, 1}, Real(0.5) + even);
    image.data()[32 * 64 + 32] = Real(0.5) + spot;
    const Tensor map = residual_map({.local_scale = 8}, view(std::as_const(image)), view(output));
    return std::pair(map.data()[8 * 64 + 8], map.data()[32 * 64 + 32]);
  };
  EXPECT_NEAR(relative(Real(0.04), Real(0.04)).first, 0.04 / 0.05, 1e-3);
  EXPECT_NEAR(relative(Real(0.19), Real(0.19)).first, 0.19 / 0.2, 1e-3);
  // The spot is 1 of 2 pi 8^2 pixels of the window.
  const double mean = 0.04 + (0.4 - 0.04) / (2 * 3.14159265 * 64);
  EXPECT_NEAR(relative(Real(0.04), Real(0.4)).second, 0.4 / (mean + 0.01), 0.02);
}

TEST(Residual, IsZeroWithinTheMargin) {
  const Tensor image = make_tensor({5, 6, 1}, 1), output = make_tensor({5, 6, 1}, 0);
  const Tensor map = residual_map({.margin = 2}, view(image), view(output));
  for (Index y = 0; y < 5; ++y) {
    for (Index x = 0; x < 6; ++x)
      EXPECT_EQ(map.data()[y * 6 + x], y == 2 && (x == 2 || x == 3) ? 1 : 0) << y << ", " << x;
  }
}

TEST(Residual, SsimOfConstantImagesIsTheirLuminance) {
  // With no variance, SSIM is (2 m1 m2 + C1) / (m1^2 + m2^2 + C1) everywhere.
  const Tensor image = make_tensor({12, 13, 2}, Real(0.25)),
               output = make_tensor({12, 13, 2}, Real(0.5));
  const Tensor residual = residual_map({.residual = ResidualKind::ssim}, view(image), view(output));
  const double ssim = (2 * 0.125 + 1e-4) / (0.0625 + 0.25 + 1e-4);
  for (const Real value : residual) EXPECT_NEAR(value, 1 - ssim, 1e-4);
  for (const Real value : residual_map({.residual = ResidualKind::ssim}, view(image), view(image)))
    EXPECT_NEAR(value, 0, 1e-4);
}

// 1 less the mean over all windows within the images is what the metric gives.
TEST(Residual, SsimAgreesWithTheMetricInside) {
  Random random({.seed = 5});
  Tensor image = make_tensor({16, 15, 1}), output = make_tensor({16, 15, 1});
  for (Real& value : image) value = random.uniform();
  for (Index i = 0; i < 240; ++i)
    output.data()[i] = Real(0.5) * image.data()[i] + Real(0.5) * random.uniform();
  const Tensor residual = residual_map({.residual = ResidualKind::ssim}, view(std::as_const(image)),
                                       view(std::as_const(output)));
  double sum = 0;
  for (Index y = 5; y < 11; ++y) {
    for (Index x = 5; x < 10; ++x) sum += residual.data()[y * 15 + x];
  }
  EXPECT_NEAR(1 - sum / 30, ssim(view(std::as_const(image)), view(std::as_const(output))), 1e-4);
}

TEST(Residual, IsSmoothed) {
  Tensor image = make_tensor({9, 9, 1}, 0);
  image.data()[4 * 9 + 4] = 1;
  const Tensor output = make_tensor({9, 9, 1}, 0);
  const Tensor residual = residual_map({.smoothing = 1}, view(std::as_const(image)), view(output));
  double sum = 0;
  for (const Real value : residual) sum += value;
  EXPECT_NEAR(sum, 1, 1e-5);
  // One pixel away, a Gaussian of sigma 1 has exp(-1/2) of its height.
  EXPECT_NEAR(residual.data()[4 * 9 + 5] / residual.data()[4 * 9 + 4], std::exp(-0.5), 1e-5);
}

TEST(Residual, ComesToOneScore) {
  const Tensor residual = image_of({1, 10, 1}, {9, 1, 2, 3, 4, 5, 6, 7, 8, 0});
  EXPECT_DOUBLE_EQ(image_score({.score = ScoreKind::mean}, view(residual)), 4.5);
  EXPECT_DOUBLE_EQ(image_score({.score = ScoreKind::max}, view(residual)), 9);
  EXPECT_DOUBLE_EQ(image_score({.score = ScoreKind::quantile, .quantile = 0.9}, view(residual)), 8);
  EXPECT_DOUBLE_EQ(image_score({.score = ScoreKind::quantile, .quantile = 0.05}, view(residual)),
                   0);
}

TEST(Residual, WithoutANumberSomewhereHasNoScore) {
  for (const Real bad :
       {std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity()}) {
    for (const Index at : {0, 4, 9}) {
      Tensor residual = image_of({1, 10, 1}, {9, 1, 2, 3, 4, 5, 6, 7, 8, 0});
      residual.data()[at] = bad;
      for (const ScoreKind score : {ScoreKind::mean, ScoreKind::max, ScoreKind::quantile})
        EXPECT_TRUE(std::isnan(image_score({.score = score}, view(residual))))
            << name_of(score) << at;
    }
  }
}

// A pixel that is no number must not be lost on the way to the score.
TEST(Residual, KeepsWhatIsNoNumber) {
  Tensor image = make_tensor({9, 9, 2}, Real(0.5));
  image.data()[31] = std::numeric_limits<Real>::quiet_NaN();
  const Tensor output = make_tensor({9, 9, 2}, Real(0.5));
  for (const ResidualKind kind : {ResidualKind::l1, ResidualKind::squared, ResidualKind::ssim}) {
    for (const double smoothing : {0.0, 1.5}) {
      const DetectionSettings settings{.residual = kind, .smoothing = smoothing};
      const Tensor residual = residual_map(settings, view(std::as_const(image)), view(output));
      EXPECT_TRUE(std::isnan(image_score(settings, view(residual)))) << name_of(kind) << smoothing;
    }
  }
}

}  // namespace
}  // namespace adjoint
