#include "inference/detection/calibration.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<double> numbers_to(int count) {
  std::vector<double> numbers;
  for (int i = count; i >= 1; --i) numbers.push_back(i);
  return numbers;
}

TEST(Threshold, IsTheConformalQuantile) {
  // 99 scores and the next one are 100 in a random order: five of them lie above the 95th.
  EXPECT_EQ(threshold_of(numbers_to(99), 0.05), 95);
  EXPECT_EQ(threshold_of(numbers_to(100), 0.05), 96);
  EXPECT_EQ(threshold_of(numbers_to(19), 0.05), 19);
}

TEST(Threshold, SaysHowManyImagesARateTakes) {
  EXPECT_THAT(
      [] { threshold_of(numbers_to(18), 0.05); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("0.05"), HasSubstr("at least 19"),
                                      HasSubstr("there are 18"), HasSubstr("--calibrate"))));
}

// The promise: at most that share of new images is flagged, on average.
TEST(Threshold, KeepsTheRateOnNewScores) {
  constexpr int kRounds = 400;
  constexpr double kRate = 0.1;
  Random random({.seed = 2});
  double flagged = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> scores;
    for (int i = 0; i < 29; ++i) scores.push_back(random.normal());
    const double threshold = threshold_of(scores, kRate);
    for (int i = 0; i < 100; ++i) flagged += random.normal() > threshold ? 1 : 0;
  }
  EXPECT_NEAR(flagged / (100 * kRounds), kRate, 0.015);
}

TEST(Calibrator, TakesItsColourScaleFromAllImages) {
  Tensor images = make_tensor({20, 2, 2, 1}, 0), outputs = make_tensor({20, 2, 2, 1}, 0);
  for (Index i = 0; i < 20; ++i) outputs.data()[4 * i] = static_cast<Real>(i) / 100;
  Calibrator calibrator(
      {.residual = ResidualKind::l1, .score = ScoreKind::max, .false_alarms = 0.1});
  for (Index i = 0; i < 20; ++i) {
    const Shape sample{2, 2, 1};
    calibrator.add("name", calibrator.examine(view(images).slice(i, 1).reshaped(sample),
                                              view(outputs).slice(i, 1).reshaped(sample)));
  }
  const Calibration calibration = calibrator.finish();
  EXPECT_EQ(calibration.images, 20);
  EXPECT_EQ(calibration.pixels, 4);
  EXPECT_FLOAT_EQ(static_cast<float>(calibration.colour_scale), 0.19F);
  EXPECT_FLOAT_EQ(static_cast<float>(calibration.threshold), 0.18F);  // the 19th of 20
}

TEST(Calibrator, RefusesAnImageWithoutAFiniteScore) {
  Tensor image = make_tensor({2, 2, 1}, 0);
  const Tensor output = make_tensor({2, 2, 1}, 0);
  image.data()[2] = std::numeric_limits<Real>::quiet_NaN();
  Calibrator calibrator({.score = ScoreKind::max});
  EXPECT_THAT(
      [&] {
        calibrator.add("good/001", calibrator.examine(view(std::as_const(image)), view(output)));
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("\"good/001\""), HasSubstr("no finite score"))));
}

}  // namespace
}  // namespace adjoint
