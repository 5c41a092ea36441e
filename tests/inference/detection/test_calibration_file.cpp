#include "inference/detection/calibration_file.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string kText = R"(weights = "0123456789abcdef"
residual = "squared"
smoothing = 1.5
score = "max"
false_alarms = 0.1
threshold = THRESHOLD
images = 30
colour_scale = 0.5
)";

std::string with_threshold(const std::string& threshold) {
  std::string text = kText;
  return text.replace(text.find("THRESHOLD"), 9, threshold);
}

class CalibrationFile : public testing::Test {
 protected:
  TempFolder folder_;
  const std::filesystem::path checkpoint_ = folder_ / "best.h5";
};

TEST_F(CalibrationFile, LiesBesideTheCheckpoint) {
  EXPECT_EQ(calibration_file("runs/radar/best.h5"), "runs/radar/best.calibration.toml");
  EXPECT_EQ(calibration_file("v1.2.h5"), "v1.2.calibration.toml");
  EXPECT_FALSE(load_calibration(checkpoint_));
}

TEST_F(CalibrationFile, IsReadAsItSays) {
  folder_.write("best.calibration.toml", with_threshold("0.25"));
  const std::optional<KeptCalibration> kept = load_calibration(checkpoint_);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->weights, "0123456789abcdef");
  EXPECT_EQ(kept->calibration.settings.residual, ResidualKind::squared);
  EXPECT_EQ(kept->calibration.settings.smoothing, 1.5);
  EXPECT_EQ(kept->calibration.threshold, 0.25);
  EXPECT_EQ(kept->calibration.images, 30);
}

TEST_F(CalibrationFile, GivesBackEveryBitOfTheThreshold) {
  save_calibration(checkpoint_, {.weights = "00", .calibration = {.threshold = 1.0 / 3}});
  EXPECT_EQ(load_calibration(checkpoint_)->calibration.threshold, 1.0 / 3);
}

TEST_F(CalibrationFile, RefusesAThresholdThatIsNotFinite) {
  for (const char* threshold : {"nan", "inf", "-inf"}) {
    folder_.write("best.calibration.toml", with_threshold(threshold));
    EXPECT_THAT(
        [&] { load_calibration(checkpoint_); },
        ThrowsMessage<InputError>(AllOf(HasSubstr("best.calibration.toml"), HasSubstr("threshold"),
                                        HasSubstr("finite"), HasSubstr("remove the file"))));
  }
}

TEST_F(CalibrationFile, IsReadFromACheckpointOfBefore) {
  Checkpoint checkpoint;
  EXPECT_FALSE(calibration_inside(checkpoint, "best.h5"));
  const std::string text = with_threshold("0.25");
  checkpoint.notes["detection"] = text.substr(text.find('\n') + 1);
  EXPECT_EQ(calibration_inside(checkpoint, "best.h5")->threshold, 0.25);
  checkpoint.notes["detection"] = "threshold = nan\n";
  EXPECT_THAT([&] { calibration_inside(checkpoint, "best.h5"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("best.h5:/adjoint/notes/detection"),
                                              HasSubstr("finite"), HasSubstr("--save"))));
}

}  // namespace
}  // namespace adjoint
