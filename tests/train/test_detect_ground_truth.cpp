// `adjoint detect` with labels, masks and kinds of defects, beside classical filters.

#include "tests/train/detect.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The layout of MVTec's data: images of one name in a folder for each kind.
TEST_F(Detect, TellsImagesOfOneNameByTheirFolders) {
  for (const char* name : {"test/good", "test/broken", "ground_truth/broken", "stems"})
    std::filesystem::create_directories(folder_ / name);
  write("test/good/000.png", 132, 130);
  write("test/broken/000.png", 133, 250);
  Tensor mask = make_tensor({4, 4, 1}, 0);
  mask.data()[1 * 4 + 2] = 1;
  write_image(folder_ / "ground_truth/broken/000_mask.png", view(std::as_const(mask)));
  write_image(folder_ / "stems/000.png", view(std::as_const(mask)));
  folder_.write("labels.csv", "good/000.png,0\nbroken/000.png,1\n");
  const nlohmann::json result = json_of(
      {"detect", "model.h5", "test/good", "test/broken", "--masks", "ground_truth", "-o", "out"});
  EXPECT_EQ(result.at("findings").at(0).at("name"), "good/000");
  EXPECT_FALSE(result.at("findings").at(0).at("defective"));
  EXPECT_EQ(result.at("findings").at(1).at("name"), "broken/000");
  EXPECT_TRUE(result.at("findings").at(1).at("defective"));
  EXPECT_EQ(result.at("auroc"), 1);
  EXPECT_EQ(result.at("pixel_auroc"), 1);
  const std::string good = contents(folder_ / "out/overlays/good/000.png");
  const std::string broken = contents(folder_ / "out/overlays/broken/000.png");
  EXPECT_NE(good, "");
  EXPECT_NE(broken, "");
  EXPECT_NE(good, broken);
  const nlohmann::json labelled =
      json_of({"detect", "model.h5", "test/good", "test/broken", "--labels", "labels.csv"});
  EXPECT_EQ(labelled.at("defective"), 1);
  EXPECT_EQ(labelled.at("auroc"), 1);
  EXPECT_THAT(message({"detect", "model.h5", "test/good", "test/broken", "--masks", "stems"}, 2),
              AllOf(HasSubstr("\"good/000\""), HasSubstr("\"broken/000\"")));
}

TEST_F(Detect, MeasuresEachKindOfDefect) {
  for (const char* name : {"test/good", "test/hole", "test/crack", "truth/hole", "truth/crack"})
    std::filesystem::create_directories(folder_ / name);
  Tensor mask = make_tensor({4, 4, 1}, 0);
  mask.data()[1 * 4 + 2] = 1;
  for (const char* name : {"truth/hole/0.png", "truth/crack/0.png", "truth/crack/1.png"})
    write_image(folder_ / name, view(std::as_const(mask)));
  write("test/good/0.png", 132, 130);
  write("test/good/1.png", 134, 130);
  write("test/hole/0.png", 133, 250);
  write("test/crack/0.png", 131, 250);
  write("test/crack/1.png", 131, 128);  // cannot be seen
  const nlohmann::json result = json_of({"detect", "model.h5", "test/good", "test/hole",
                                         "test/crack", "--masks", "truth", "-o", "out"});
  const nlohmann::json& kinds = result.at("kinds");
  ASSERT_EQ(kinds.size(), 2);
  EXPECT_EQ(kinds.at(0).at("kind"), "crack");
  EXPECT_EQ(kinds.at(0).at("found").at("count"), 1);
  EXPECT_EQ(kinds.at(0).at("found").at("of"), 2);
  EXPECT_EQ(kinds.at(0).at("auroc"), 0.5);
  EXPECT_EQ(kinds.at(1).at("kind"), "hole");
  EXPECT_EQ(kinds.at(1).at("auroc"), 1);
  EXPECT_THAT(
      adjoint_ok({"detect", "model.h5", "test/good", "test/hole", "test/crack", "--masks", "truth"})
          .out,
      AllOf(HasSubstr("crack      1 of 2 found, AUROC 0.5000"), HasSubstr("hole")));
}

TEST_F(Detect, MeasuresAgainstLabelsAndMasks) {
  folder_.write("labels.csv", "fine.png,good\nscratch.png,bad\n");
  std::filesystem::create_directories(folder_ / "boxes");
  folder_.write("boxes/scratch.txt", "2 1 3 2\n");
  const nlohmann::json result = json_of({"detect", "model.h5", "new", "--labels", "labels.csv",
                                         "--normal", "good", "--boxes", "boxes"});
  EXPECT_EQ(result.at("defective"), 1);
  EXPECT_EQ(result.at("auroc"), 1);
  EXPECT_EQ(result.at("average_precision"), 1);
  EXPECT_EQ(result.at("pixel_auroc"), 1);
  EXPECT_EQ(result.at("found"), 1);
  EXPECT_EQ(result.at("false_alarm_rate"), 0);
}

// Each image differs from a flat one in a single pixel, "fine" by 2 levels, "scratch" by 117. A
// median removes the pixel. The Wiener filter takes the mean of the pixel's window, 8/9 of those
// levels away: of the image's 16 windows of 3x3, the 9 that hold the pixel have the same variance,
// which is therefore the median of all 16 and counts as the noise.
TEST_F(Detect, ComparesClassicalFiltersWithTheModel) {
  folder_.write("labels.csv", "fine.png,good\nscratch.png,bad\n");
  std::filesystem::create_directories(folder_ / "boxes");
  folder_.write("boxes/scratch.txt", "2 1 3 2\n");
  const std::vector<std::string> plain{"detect",     "model.h5", "new", "--labels",
                                       "labels.csv", "--normal", "good"};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), plain.begin(), plain.end());
    return adjoint_ok(more).out;
  };
  const auto document = [&](std::vector<std::string> more) {
    more.push_back("--json");
    return nlohmann::json::parse(run(std::move(more)));
  };
  const nlohmann::json alone = document({});
  EXPECT_FALSE(alone.contains("baselines"));
  nlohmann::json result = document({"--baselines"});
  EXPECT_EQ(result.at("baselines"), nlohmann::json::parse(R"([
    {"filter": "median 3x3", "auroc": 1.0, "average_precision": 1.0},
    {"filter": "Wiener 3x3", "auroc": 1.0, "average_precision": 1.0}])"));
  result.erase("baselines");
  EXPECT_EQ(result, alone);

  const nlohmann::json pixels = document({"--baselines", "--boxes", "boxes"});
  for (const nlohmann::json& figures : pixels.at("baselines")) {
    EXPECT_EQ(figures.at("pixel_auroc"), 1) << figures;
    EXPECT_EQ(figures.at("pixel_average_precision"), 1) << figures;
    EXPECT_NEAR(figures.at("aupro"), 1, 1e-9) << figures;
  }
  EXPECT_THAT(run({"--baselines", "--boxes", "boxes"}),
              AllOf(HasSubstr("\nmedian 3x3   AUROC 1.0000, average precision 1.0000; pixels AUROC "
                              "1.0000, AUPRO 1.0000\n"),
                    HasSubstr("\nWiener 3x3   AUROC 1.0000")));
  // The settings are those of the model's score: no pixel is left, and all images score 0.
  const nlohmann::json none = document({"--baselines", "--set", "detection.margin=2"});
  for (const nlohmann::json& figures : none.at("baselines"))
    EXPECT_EQ(figures.at("auroc"), 0.5) << figures;
}

TEST_F(Detect, ComparesFiltersOnlyWithGroundTruth) {
  EXPECT_THAT(message({"detect", "model.h5", "new", "--baselines"}, 2),
              AllOf(HasSubstr("--baselines"), HasSubstr("ground truth"), HasSubstr("--labels"),
                    HasSubstr("--masks"), HasSubstr("--boxes")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "detected")) << "before it runs the model";
  folder_.write("labels.csv", "fine.png,good\nscratch.png,bad\n");  // and normal is 0
  EXPECT_THAT(message({"detect", "model.h5", "new", "--labels", "labels.csv", "--baselines"}, 2),
              AllOf(HasSubstr("2 of 2 images are defective"), HasSubstr("--normal")));
}

// It has no score, neither by the model nor by a filter, and ranks above the scratch.
TEST_F(Detect, RanksWhatFiltersCannotReadAsTheModelDoes) {
  folder_.write("new/middle.png", "no picture");
  folder_.write("labels.csv", "fine.png,0\nscratch.png,1\nmiddle.png,0\n");
  const ProgramRun run =
      adjoint({"detect", "model.h5", "new", "--labels", "labels.csv", "--baselines", "--json"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("1 of 3 images left out"));
  const nlohmann::json result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("auroc"), 0.5);
  for (const nlohmann::json& figures : result.at("baselines")) EXPECT_EQ(figures.at("auroc"), 0.5);
}

}  // namespace
}  // namespace adjoint
