#include "inference/detection/detection.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "datasets/formats/image_file.hpp"
#include "inference/detection/detection_report.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();

/// Images of 2 x 2 pixels of one level, whose reconstruction is black: the score is the level. From
/// 0.5 on they are flagged.
class DetectionTest : public testing::Test {
 protected:
  Detection detection(const std::string& labels = "",
                      const std::vector<std::string>& names = {}) const {
    GroundTruth truth;
    if (!labels.empty())
      truth.labels.emplace(folder_.write("labels.csv", labels), std::vector<std::string>{"0"},
                           names);
    return {{.settings = {.score = ScoreKind::max, .false_alarms = 0.05},
             .threshold = 0.5,
             .images = 30,
             .colour_scale = 0.5},
            std::move(truth)};
  }
  static Tensor add(Detection& detection, const std::string& name, Real level) {
    const Tensor image = make_tensor({2, 2, 1}, level), black = make_tensor({2, 2, 1}, 0);
    const auto number = static_cast<Index>(detection.findings().size());
    const Detection::Examined examined = detection.examine(number, name, view(image), view(black));
    detection.add(examined);
    return detection.picture(examined, view(image), view(black));
  }
  TempFolder folder_;
};

TEST_F(DetectionTest, FlagsWhatHasNoFiniteScore) {
  Detection found = detection("a,0\nb,1\nc,0\nd,1\n", {"a", "b", "c", "d"});
  add(found, "a", Real(0.2));
  add(found, "b", kNan);
  add(found, "c", std::numeric_limits<Real>::infinity());
  found.finish({"a", "b", "c", "d"});
  for (const std::size_t i : {1, 2, 3}) {
    EXPECT_TRUE(found.findings()[i].flagged) << i;
    EXPECT_FALSE(found.findings()[i].score) << i;
  }
  const DetectionSummary summary = found.summary();
  EXPECT_EQ(summary.images, 4);
  EXPECT_EQ(summary.flagged, 3);
  EXPECT_EQ(summary.unscorable, 3);
  EXPECT_EQ(summary.found->count, 2);
  EXPECT_EQ(summary.false_alarms->count, 1);
  // b and d rank as high as c, and above a.
  EXPECT_DOUBLE_EQ(summary.ranking->auroc, 0.75);

  EXPECT_EQ(scores_csv(found.findings()),
            "name,score,flagged,defective,unscorable,kind,file\n"
            "a,0.20000000298023224,0,0,0,,\n"
            "b,,1,1,1,,\n"
            "c,,1,0,1,,\n"
            "d,,1,1,1,,\n");
  const nlohmann::json json = detection_json(found.calibration(), summary, found.findings());
  EXPECT_EQ(json.at("unscorable"), 3);
  EXPECT_TRUE(json.at("findings").at(1).at("score").is_null());
  EXPECT_TRUE(json.at("findings").at(1).at("unscorable"));
  EXPECT_FALSE(json.at("findings").at(0).contains("unscorable"));
  EXPECT_THAT(detection_text(found.calibration(), summary), HasSubstr("unscorable   3"));
}

TEST_F(DetectionTest, SaysHowSureItsRatesAre) {
  std::string labels;
  std::vector<std::string> names;
  for (int i = 0; i < 42; ++i) {
    names.push_back(fmt::format("{:02}", i));
    labels += fmt::format("{},{}\n", names.back(), i < 32 ? 0 : 1);
  }
  Detection found = detection(labels, names);
  for (int i = 0; i < 42; ++i)
    add(found, names[static_cast<std::size_t>(i)], i < 3 || i >= 34 ? Real(0.7) : Real(0.2));
  const DetectionSummary summary = found.summary();
  EXPECT_THAT(detection_text(found.calibration(), summary),
              AllOf(HasSubstr("found        8 of 10 defective images (80.0 %; "),
                    HasSubstr("false alarms 3 of 32 defect-free images (9.4 %; 95 % interval 3.2 "
                              "to 24.2 %), calibrated for at most 5.0 %")));
  const nlohmann::json json = detection_json(found.calibration(), summary, found.findings());
  EXPECT_EQ(json.at("defective"), 10);
  EXPECT_EQ(json.at("found"), 0.8);
  EXPECT_EQ(json.at("false_alarm_rate"), 3 / 32.0);
  EXPECT_EQ(json.at("false_alarm_share").at("count"), 3);
  EXPECT_EQ(json.at("false_alarm_share").at("of"), 32);
  EXPECT_NEAR(json.at("false_alarm_share").at("interval_95").at(1), 0.2422, 1e-4);
}

TEST_F(DetectionTest, SaysNothingOfRatesWithoutTheTruth) {
  Detection found = detection();
  const Tensor picture = add(found, "a", Real(0.7));
  EXPECT_EQ(shape_of(picture)[2], 3);
  const DetectionSummary summary = found.summary();
  EXPECT_EQ(summary.flagged, 1);
  EXPECT_FALSE(summary.found);
  EXPECT_FALSE(summary.false_alarms);
  EXPECT_FALSE(summary.ranking);
}

// Its pixels are no numbers, and no place in a table of counts.
TEST_F(DetectionTest, RanksPixelsThatAreNoNumbers) {
  std::filesystem::create_directory(folder_ / "masks");
  const Tensor white = make_tensor({2, 2, 1}, 1);
  write_image(folder_ / "masks/bad.png", view(white));
  GroundTruth truth;
  truth.masks.emplace(DefectMasks::Kind::masks, folder_ / "masks",
                      std::vector<std::string>{"bad", "fine"});
  Detection found({.settings = {.score = ScoreKind::max}, .threshold = 0.5}, std::move(truth));
  add(found, "bad", -kNan);
  add(found, "fine", Real(0.4));
  const DetectionSummary summary = found.summary();
  EXPECT_EQ(summary.found->count, 1);
  EXPECT_EQ(summary.pixel_ranking->auroc, 1);
}

}  // namespace
}  // namespace adjoint
