// SSIM and MS-SSIM beside a plain implementation of their definitions on PyTorch, in double, with
// its automatic derivatives.

#include <gmock/gmock.h>

#include <algorithm>

#include "framework/tensor/error.hpp"
#include "tests/framework/losses/images.hpp"
#include "tests/support/gradient_check.hpp"

namespace adjoint {
namespace {

using testing::ThrowsMessage;

struct Expected {
  const char* toml;
  Shape shape;
  double loss;
  /// At the first element, at a third, at half, and at the last; then the sum of magnitudes.
  double gradient[4];
  double sum;
};

const Expected kExpected[] = {
    {"kind = \"ssim\"",
     {2, 16, 13, 2},
     0.11866366422511732,
     {3.75071855e-08, 0.00032165113, 4.56320107e-09, -3.34119162e-08},
     2.39645034},
    {"kind = \"ssim\"\nwindow = 6\nsigma = 2",
     {2, 9, 8, 3},
     0.1104250161222694,
     {0.000854541007, 0.001983174, 0.000226865089, -0.000135152899},
     2.29398564},
    {"kind = \"ms_ssim\"",
     {1, 176, 180, 1},
     0.009867927868235316,
     {1.68639394e-10, -2.56194226e-05, -1.10901601e-07, -1.38185678e-11},
     0.337234731},
    {"kind = \"ms_ssim\"\nwindow = 4\nsigma = 1\nscales = 2",
     {2, 11, 9, 2},
     0.04668578371415599,
     {0.000296997572, 0.0042983258, -0.000811646197, -4.70299042e-05},
     1.46997002},
};

TEST(Similarity, AgreesWithPyTorch) {
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(expected.toml);
    const WavyImages images(expected.shape);
    const LossResult got =
        evaluate(*loss_of(expected.toml), view(images.prediction), view(images.target));
    EXPECT_NEAR(got.loss, expected.loss, kDouble ? 1e-14 : 2e-6);
    const Index size = expected.shape.size();
    const Index places[] = {0, size / 3, size / 2, size - 1};
    for (int i = 0; i < 4; ++i) {
      const double tolerance = kDouble ? 1e-8 * std::abs(expected.gradient[i]) + 1e-17 : 1e-6;
      EXPECT_NEAR(got.gradient.data()[places[i]], expected.gradient[i], tolerance) << places[i];
    }
    double sum = 0;
    for (const Real g : got.gradient) sum += std::abs(static_cast<double>(g));
    EXPECT_NEAR(sum, expected.sum, kDouble ? 1e-8 : 1e-3 * expected.sum);
  }
}

TEST(Similarity, OfEqualImagesIsOne) {
  const WavyImages images({1, 24, 24, 1});
  for (const char* toml : {"kind = \"ssim\"", "kind = \"ms_ssim\"\nscales = 2"}) {
    const LossResult got = evaluate(*loss_of(toml), view(images.target), view(images.target));
    EXPECT_NEAR(got.loss, 0, 1e-6) << toml;
    for (const Real g : got.gradient) ASSERT_NEAR(g, 0, 1e-5) << toml;
  }
}

TEST(Similarity, OfOppositeImagesStaysFinite) {
  const WavyImages images({1, 24, 24, 1});
  Tensor opposite = images.target;
  for (Real& x : opposite) x = 1 - x;
  const LossResult ssim =
      evaluate(*loss_of("kind = \"ssim\""), view(opposite), view(images.target));
  EXPECT_GT(ssim.loss, 1.5);
  const LossResult several =
      evaluate(*loss_of("kind = \"ms_ssim\"\nscales = 2"), view(opposite), view(images.target));
  EXPECT_NEAR(several.loss, 1 - 1e-4, 1e-6);  // both scales at their least
  for (const Real g : several.gradient) ASSERT_TRUE(std::isfinite(g));
}

TEST(Similarity, NeedsImagesOfTheWindow) {
  const auto asking = [](const char* toml, const Shape& shape) {
    return [=] { loss_of(toml)->scratch_size(shape); };
  };
  EXPECT_THAT(asking("kind = \"ssim\"", {2, 28, 8, 1}),
              ThrowsMessage<InputError>("the loss ssim needs images of at least 11x11 pixels, got "
                                        "28x8; set its `window` to 8 or less"));
  EXPECT_THAT(asking("kind = \"ssim\"", {2, 1, 100, 1}),
              ThrowsMessage<InputError>("the loss ssim needs images of at least 11x11 pixels, got "
                                        "1x100; take another loss"));
  EXPECT_THAT(
      asking("kind = \"ms_ssim\"", {2, 64, 175, 1}),
      ThrowsMessage<InputError>("the loss ms_ssim needs images of at least 176x176 pixels, got "
                                "64x175; set its `scales` to 3 or less, or its `window` lower"));
  EXPECT_THAT(
      asking("kind = \"ms_ssim\"", {2, 7, 9, 1}),
      ThrowsMessage<InputError>("the loss ms_ssim needs images of at least 176x176 pixels, got "
                                "7x9; set its `scales` to 1 and its `window` to 7 or less"));
  EXPECT_THAT(asking("kind = \"ssim\"", {2, 784}),
              ThrowsMessage<InputError>(
                  "the loss ssim compares images (height, width, channels), not 784"));
  asking("kind = \"ms_ssim\"\nscales = 3", {2, 44, 45, 1})();  // just fits
}

}  // namespace
}  // namespace adjoint
