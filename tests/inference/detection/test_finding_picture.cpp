#include "inference/detection/finding_picture.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace adjoint {
namespace {

using Pixel = std::vector<Real>;

constexpr Index kSize = 96;      // of an image: shown as it is
constexpr Index kHead = 36 + 2;  // text, and the separator below it
constexpr Index kStep = kSize + 2;

Pixel pixel(const Tensor& picture, Index y, Index x) {
  return {picture(y, x, 0), picture(y, x, 1), picture(y, x, 2)};
}

/// A gray image with a black square of four pixels, which the model gives back without it.
class FindingPicture : public testing::Test {
 protected:
  void SetUp() override {
    for (Index y = 40; y < 42; ++y) {
      for (Index x = 50; x < 52; ++x) {
        image_(y, x, 0) = 0;
        residual_(y, x, 0) = Real(0.5);
        mask_(y, x, 0) = 1;
      }
    }
  }
  Tensor picture(const Finding& finding, bool masked) const {
    return finding_picture(finding, calibration_, view(image_), view(output_), view(residual_),
                           masked ? view(mask_) : ConstView{});
  }
  const Calibration calibration_{.threshold = 0.25, .colour_scale = 0.5};
  const Finding finding_{.name = "crack/000", .score = 0.5, .flagged = true};
  Tensor image_ = make_tensor({kSize, kSize, 1}, Real(0.5));
  Tensor output_ = make_tensor({kSize, kSize, 1}, Real(0.5));
  Tensor residual_ = make_tensor({kSize, kSize, 1}, Real{0});
  Tensor mask_ = make_tensor({kSize, kSize, 1}, Real{0});
};

TEST_F(FindingPicture, ShowsImageReconstructionAndResidualBelowATitle) {
  const Tensor shown = picture(finding_, false);
  ASSERT_EQ(shape_of(shown), (Shape{kHead + kSize + 2, 3 * kStep + 2, 3}));
  const Index y = kHead + 40, x = 2 + 50;
  EXPECT_EQ(pixel(shown, y, x), (Pixel{0, 0, 0}));
  EXPECT_EQ(pixel(shown, y, x + kStep), (Pixel{Real(0.5), Real(0.5), Real(0.5)}));
  EXPECT_EQ(pixel(shown, y, x + 2 * kStep), (Pixel{Real(0.85), 0, 0}));
  EXPECT_EQ(pixel(shown, y - 1, x), (Pixel{Real(0.5), Real(0.5), Real(0.5)}));  // no outline
}

TEST_F(FindingPicture, OutlinesTheTruthAroundItsPixels) {
  const Tensor shown = picture(finding_, true);
  const Pixel outline{0, Real(0.75), 1};
  for (const Index column : {Index{0}, 2 * kStep}) {
    const Index y = kHead + 40, x = 2 + 50 + column;
    EXPECT_EQ(pixel(shown, y - 1, x), outline);
    EXPECT_EQ(pixel(shown, y + 2, x + 1), outline);
    EXPECT_EQ(pixel(shown, y, x - 1), outline);
    EXPECT_EQ(pixel(shown, y + 1, x + 2), outline);
    EXPECT_NE(pixel(shown, y, x), outline);
    EXPECT_NE(pixel(shown, y - 2, x), outline);
  }
  EXPECT_NE(pixel(shown, kHead + 39, 2 + 50 + kStep), outline);  // the reconstruction has none
}

// Two pictures differ in the line that tells them apart, and only there.
TEST_F(FindingPicture, TellsNameScoreAndTruth) {
  const auto lines_that_differ = [&](const Finding& other) {
    const Tensor a = picture(finding_, false), b = picture(other, false);
    std::string lines;
    for (Index y = 0; y < shape_of(a)[0]; ++y) {
      bool differs = false;
      for (Index x = 0; x < shape_of(a)[1]; ++x) differs |= a(y, x, 0) != b(y, x, 0);
      const char line = y < 13 ? '1' : y < 23 ? '2' : '3';
      if (differs && (lines.empty() || lines.back() != line)) lines += line;
    }
    return lines;
  };
  Finding other = finding_;
  EXPECT_EQ(lines_that_differ(other), "");
  other.name = "crack/001";
  EXPECT_EQ(lines_that_differ(other), "1");
  other = finding_;
  other.score = 0.6;
  EXPECT_EQ(lines_that_differ(other), "2");
  other = finding_;
  other.flagged = false;
  EXPECT_EQ(lines_that_differ(other), "2");
  other = finding_;
  other.defective = true;
  other.kind = "crack";
  EXPECT_EQ(lines_that_differ(other), "2");
}

TEST(DefectMask, IsWhiteAboveTheThresholdAndWhereThereIsNoNumber) {
  Tensor residual = make_tensor({1, 4, 1}, Real(0.25));
  residual(0, 1, 0) = Real(0.3);
  residual(0, 2, 0) = std::numeric_limits<Real>::quiet_NaN();
  residual(0, 3, 0) = 0;
  const Tensor mask = defect_mask(view(residual), 0.25);
  EXPECT_EQ(std::vector<Real>(mask.begin(), mask.end()), (std::vector<Real>{0, 1, 1, 0}));
}

TEST(DefectMask, HasTheThresholdOfTheScoreOnlyIfThatIsAPixels) {
  Calibration calibration{.threshold = 0.25, .colour_scale = 0.5};
  calibration.settings.score = ScoreKind::max;
  EXPECT_EQ(pixel_threshold(calibration), 0.25);
  calibration.settings.score = ScoreKind::mean;
  EXPECT_EQ(pixel_threshold(calibration), 0.5);
}

}  // namespace
}  // namespace adjoint
