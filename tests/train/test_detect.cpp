// `adjoint detect`: its threshold, what it flags and what it writes.

#include <hdf5.h>

#include <limits>

#include "datasets/formats/npy.hpp"
#include "tests/train/detect.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(Detect, FlagsWhatLiesAboveDefectFreeImages) {
  const nlohmann::json result = json_of({"detect", "model.h5", "new", "-o", "out"});
  EXPECT_EQ(result.at("calibration").at("images"), 18);
  EXPECT_EQ(result.at("images"), 2);
  EXPECT_EQ(result.at("flagged"), 1);
  EXPECT_EQ(result.at("findings").at(0).at("name"), "fine");
  EXPECT_FALSE(result.at("findings").at(0).at("flagged"));
  EXPECT_TRUE(result.at("findings").at(1).at("flagged"));
  EXPECT_NEAR(result.at("findings").at(1).at("score"), 250 / 255.0 - 0.5, 1e-6);
  EXPECT_FALSE(result.contains("auroc"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/overlays/scratch.png"));
  EXPECT_THAT(contents(folder_ / "out/scores.csv"),
              AllOf(HasSubstr("name,score,flagged,defective,unscorable,kind,file\nfine,"),
                    HasSubstr("scratch,"), HasSubstr(",new/scratch.png\n")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/masks"));
  EXPECT_EQ(nlohmann::json::parse(contents(folder_ / "out/detection.json")), result);
}

TEST_F(Detect, KeepsItsCalibrationBesideTheCheckpoint) {
  const std::string checkpoint = contents(folder_ / "model.h5");
  EXPECT_THAT(adjoint_ok({"detect", "model.h5", "new"}).err,
              AllOf(HasSubstr("calibrated on 18 defect-free images"),
                    HasSubstr("kept in model.calibration.toml")));
  EXPECT_EQ(contents(folder_ / "model.h5"), checkpoint);
  const nlohmann::json first = json_of({"detect", "model.h5", "new"});
  std::filesystem::remove_all(folder_ / "good");  // not needed any more
  const ProgramRun again = adjoint_ok({"detect", "model.h5", "new", "--json"});
  EXPECT_EQ(nlohmann::json::parse(again.out), first);
  EXPECT_EQ(again.err, "");
}

TEST_F(Detect, KeepsTrialsOnlyWhenItIsTold) {
  const double first = threshold();
  const std::vector<std::string> trial{"detect",       "model.h5",       "new", "--calibrate",
                                       "new/fine.png", "--false-alarms", "0.5", "--score",
                                       "mean",         "--smoothing",    "1.5"};
  const nlohmann::json tried = json_of(trial);
  EXPECT_EQ(tried.at("calibration").at("images"), 1);
  EXPECT_EQ(tried.at("calibration").at("score"), "mean");
  EXPECT_EQ(tried.at("calibration").at("smoothing"), 1.5);
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--score", "mean"},
                                                 {"--residual", "squared"},
                                                 {"--smoothing", "2"},
                                                 {"--score", "quantile", "--quantile", "0.5"},
                                                 {"--false-alarms", "0.4"},
                                                 {"--tta"},
                                                 {"--calibrate", "good"}}) {
    threshold(option);
    EXPECT_EQ(threshold(), first) << option[0];
  }
  EXPECT_THAT(adjoint_ok(trial).err, HasSubstr("--save keeps it in model.calibration.toml"));
  std::vector<std::string> saved = trial;
  saved.insert(saved.end(), {"--save", "--tta"});
  EXPECT_THAT(adjoint_ok(saved).err, HasSubstr("kept in model.calibration.toml"));
  const nlohmann::json kept = json_of({"detect", "model.h5", "new"}).at("calibration");
  EXPECT_EQ(kept.at("images"), 1);
  EXPECT_TRUE(kept.at("tta"));
  EXPECT_FALSE(tried.at("calibration").at("tta"));
}

// A spot d above 15 equal pixels is 15/16 d above the mean, and the mean |x - mean| is 15/128 d:
// normalized, all spots are 8 above the mean, and the model's 0.5 is the mean.
TEST_F(Detect, ScoresNormalizedNumbersIfTheConfigSaysSo) {
  Config config;
  parse_config(
      kGrayConfig + "normalized = true\n[data.normalization]\nkind = \"global_contrast\"\n",
      "gray.toml", {}, config);
  Model model = build_model(config.model, 0);
  for (Parameter& parameter : model.parameters()) parameter.value.fill(0);
  save_checkpoint((folder_ / "model.h5").string(), model,
                  {.config = write_config(config),
                   .config_folder = folder_.path().string(),
                   .learned = {{"normalization/offset", {-1}},
                               {"normalization/range", {2}},
                               {"normalization/contrast", {0.5, 0.25}}}});
  for (int i = 0; i < 2; ++i) {  // the second time with the calibration that was kept
    const nlohmann::json result = json_of({"detect", "model.h5", "new"});
    EXPECT_EQ(result.at("calibration").at("normalized"), true);
    EXPECT_NEAR(result.at("calibration").at("threshold"), 4, 1e-5);
    for (const auto& finding : result.at("findings")) EXPECT_NEAR(finding.at("score"), 4, 1e-5);
  }
  const nlohmann::json images =
      json_of({"detect", "model.h5", "new", "--set", "detection.normalized=false"});
  EXPECT_EQ(images.at("calibration").at("normalized"), false);
  EXPECT_NEAR(images.at("findings").at(1).at("score"), 15 / 16.0 * (250 - 133) / 255, 1e-6);
  // SSIM is of images; what the config says of the other residuals counts no more.
  const nlohmann::json similarity =
      json_of({"detect", "model.h5", "new", "--set", "detection.residual=ssim"});
  EXPECT_FALSE(similarity.at("calibration").value("normalized", false));
  EXPECT_LE(similarity.at("findings").at(1).at("score").get<double>(), 1);
}

TEST_F(Detect, WarnsOfImagesOfAnotherSizeThanThoseOfTheCalibration) {
  const auto words = [&] { return adjoint_ok({"detect", "model.h5", "sized"}).err; };
  const auto write_sized = [&](Index height, Index width) {
    const Tensor image = make_tensor({height, width, 1}, Real{0.5});
    write_image(folder_ / "sized/a.png", view(image));
  };
  std::filesystem::create_directories(folder_ / "sized");
  write_sized(4, 5);  // of 4x4 in the calibration
  EXPECT_THAT(words(), Not(HasSubstr("pixels")));
  write_sized(12, 8);
  EXPECT_THAT(words(), AllOf(HasSubstr("6 times as many pixels"), HasSubstr("more defect-free"),
                             HasSubstr("--calibrate")));
  write_sized(64, 50);
  EXPECT_THAT(words(), HasSubstr("have 200 times as many"));
  write_sized(2, 2);
  EXPECT_THAT(words(), AllOf(HasSubstr("0.25 times as many"), HasSubstr("fewer defective")));
  const ProgramRun mean =
      adjoint_ok({"detect", "model.h5", "sized", "--score", "mean", "--false-alarms", "0.1"});
  EXPECT_THAT(mean.err, Not(HasSubstr("pixels")));
}

// As when a training replaces the checkpoint.
TEST_F(Detect, NeverUsesTheThresholdOfOtherWeights) {
  const double first = threshold();
  save_model(Real(0.3));
  const ProgramRun run = adjoint_ok({"detect", "model.h5", "new", "--json"});
  EXPECT_THAT(run.err, AllOf(HasSubstr("other weights"), HasSubstr("calibrated on 18")));
  const double second = nlohmann::json::parse(run.out).at("calibration").at("threshold");
  EXPECT_GT(std::abs(second - first), 0.01);
  EXPECT_EQ(threshold(), second);
  std::filesystem::remove(folder_ / "model.calibration.toml");
  EXPECT_EQ(threshold(), second) << "as if there had been no other";
}

// A name so long that nothing fits beside it: root may write into any folder.
TEST_F(Detect, DoesItsWorkWhereTheCalibrationCannotBeKept) {
  const std::string name = std::string(240, 'x') + ".h5";
  save_model(0, {}, name);
  const ProgramRun run = adjoint_ok({"detect", name, "new", "-o", "out", "--json"});
  EXPECT_THAT(run.err, AllOf(HasSubstr("calibrated on 18"), HasSubstr("warning: it is not kept")));
  EXPECT_EQ(nlohmann::json::parse(run.out).at("flagged"), 1);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/scores.csv"));
  EXPECT_THAT(message({"detect", name, "new", "--score", "mean", "--save"}, 1),
              HasSubstr(".calibration.toml"));
}

/// Keeps a calibration as earlier versions did: as a text in the checkpoint.
void write_old_note(const std::filesystem::path& checkpoint, const std::string& text) {
  const hid_t file = H5Fopen(checkpoint.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "adjoint/notes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, text.size());
  const hid_t note = H5Acreate2(group, "detection", type, space, H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(H5Awrite(note, type, text.data()), 0);
  H5Aclose(note);
  H5Sclose(space);
  H5Tclose(type);
  H5Gclose(group);
  EXPECT_GE(H5Fclose(file), 0);
}

TEST_F(Detect, ReadsTheCalibrationInsideAnOlderCheckpoint) {
  write_old_note(folder_ / "model.h5",
                 "residual = \"l1\"\nsmoothing = 0.0\nscore = \"max\"\nfalse_alarms = 0.1\n"
                 "threshold = 0.0625\nimages = 18\ncolour_scale = 0.5\n");
  EXPECT_EQ(threshold(), 0.0625);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "model.calibration.toml"));
  threshold({"--score", "mean", "--save"});
  EXPECT_NE(threshold(), 0.0625) << "what was kept since counts";
}

TEST_F(Detect, FlagsWhatItCannotScore) {
  Tensor images = make_tensor({3, 4, 4, 1}, Real(0.5));
  images.data()[0] = Real(0.51);
  write_npy(folder_ / "scans.npy", view(std::as_const(images)));
  const nlohmann::json sound = json_of({"detect", "model.h5", "scans.npy"});
  EXPECT_EQ(sound.at("flagged"), 0);
  EXPECT_EQ(sound.at("unscorable"), 0);
  images.data()[16 + 5] = std::numeric_limits<Real>::quiet_NaN();
  write_npy(folder_ / "scans.npy", view(std::as_const(images)));
  std::filesystem::create_directory(folder_ / "boxes");
  folder_.write("boxes/scans-00000.txt", "0 0 1 1\n");
  for (const char* score : {"max", "mean", "quantile"}) {
    const ProgramRun run = adjoint_ok({"detect", "model.h5", "scans.npy", "--score", score,
                                       "--boxes", "boxes", "-o", "out", "--json"});
    const nlohmann::json result = nlohmann::json::parse(run.out);
    EXPECT_EQ(result.at("flagged"), 1) << score;
    EXPECT_EQ(result.at("unscorable"), 1);
    EXPECT_TRUE(result.at("findings").at(1).at("flagged"));
    EXPECT_TRUE(result.at("findings").at(1).at("score").is_null());
    EXPECT_THAT(run.err, HasSubstr("1 of 3 images have no finite score and are flagged: "
                                   "scans-00001"));
    EXPECT_THAT(contents(folder_ / "out/scores.csv"),
                HasSubstr("\nscans-00001,,1,0,1,,scans.npy\n"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out/overlays/scans-00001.png"));
  }
  const nlohmann::json result = json_of({"detect", "model.h5", "scans.npy"});
  for (const int i : {0, 2})
    EXPECT_EQ(result.at("findings").at(i), sound.at("findings").at(i)) << "beside it";
  EXPECT_THAT(message({"detect", "model.h5", "new", "--calibrate", "scans.npy"}, 2),
              AllOf(HasSubstr("scans-00001"), HasSubstr("no finite score")));
}

TEST_F(Detect, RefusesWeightsThatAreNotFinite) {
  save_model(std::numeric_limits<Real>::quiet_NaN());
  EXPECT_THAT(message({"detect", "model.h5", "new"}, 2),
              AllOf(HasSubstr("model.h5"), HasSubstr("gray/kernel"), HasSubstr("not finite")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "model.calibration.toml"));
}

TEST_F(Detect, FlagsWhatItCannotRead) {
  folder_.write("new/middle.png", "no picture");
  folder_.write("labels.csv", "fine.png,good\nscratch.png,bad\nmiddle.png,good\n");
  const ProgramRun run = adjoint(
      {"detect", "model.h5", "new", "--labels", "labels.csv", "--normal", "good", "--json"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("no finite score"), HasSubstr("new/middle.png")));
  const nlohmann::json result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("images"), 3);
  EXPECT_EQ(result.at("unscorable"), 1);
  EXPECT_EQ(result.at("findings").at(1).at("name"), "middle");
  EXPECT_TRUE(result.at("findings").at(1).at("flagged"));
  EXPECT_EQ(result.at("false_alarm_share").at("count"), 1);
  EXPECT_EQ(result.at("found_share").at("count"), 1);
  EXPECT_THAT(message({"detect", "model.h5", "new", "--strict"}, 2), HasSubstr("new/middle.png"));
}

TEST_F(Detect, WritesResidualsAndMasks) {
  const nlohmann::json result =
      json_of({"detect", "model.h5", "new", "--maps", "--set", "detection.score=max", "-o", "out"});
  const double threshold = result.at("calibration").at("pixel_threshold");
  EXPECT_EQ(threshold, result.at("calibration").at("threshold"));
  const Image mask = read_image(folder_ / "out/masks/scratch.png");
  for (Index i = 0; i < 16; ++i) EXPECT_EQ(mask.pixels.data()[i], i == 6 ? 1 : 0) << i;
  const Image residual = read_image(folder_ / "out/residuals/scratch.png");
  EXPECT_EQ(residual.bits, 16);
  EXPECT_EQ(residual.pixels.data()[6], 1);  // beyond the largest of a defect-free image
  const double scale = result.at("calibration").at("colour_scale");
  EXPECT_NEAR(residual.pixels.data()[0], (133 / 255.0 - 0.5) / scale, 1e-4);
  EXPECT_THAT(message({"detect", "model.h5", "out/masks", "--maps", "-o", "out"}, 2),
              HasSubstr("out/masks/fine.png"));
}

TEST_F(Detect, NeverReplacesWhatItReads) {
  adjoint_ok({"detect", "model.h5", "new", "-o", "out"});
  const std::string before = contents(folder_ / "out/overlays/fine.png");
  EXPECT_THAT(message({"detect", "model.h5", "out/overlays", "-o", "out"}, 2),
              HasSubstr("out/overlays/fine.png"));
  EXPECT_THAT(message({"detect", "model.h5", "new", "--labels", "out/scores.csv", "-o", "out"}, 2),
              HasSubstr("out/scores.csv"));
  EXPECT_EQ(contents(folder_ / "out/overlays/fine.png"), before);
}

TEST_F(Detect, WarnsOfCalibratingOnWhatWasTrainedOn) {
  ImageRecord images{.folder = (folder_ / "good").string() + "/"};
  for (int i = 0; i < 20; ++i)
    (i < 12 ? images.trained_on : images.held_out).push_back(fmt::format("g{:02}.png", i));
  save_model(0, images);
  EXPECT_THAT(adjoint_ok({"detect", "model.h5", "new", "--calibrate", "good"}).err,
              AllOf(HasSubstr("trained on 12 of the 20 files"), HasSubstr("good/g00.png"),
                    HasSubstr("the 8 that training held out")));
  EXPECT_THAT(adjoint_ok({"detect", "model.h5", "new", "--calibrate", "new/fine.png",
                          "--false-alarms", "0.5"})
                  .err,
              Not(HasSubstr("trained on")));
}

TEST_F(Detect, TrainingKeepsWhichImagesItHeldOut) {
  const ProgramRun train =
      adjoint_ok({"train", "gray.toml", "--out", "run", "--set", "training.epochs=1", "--set",
                  "data.validation=0.5", "--set", "model.layer.gray.trainable=true"});
  const ImageRecord images = load_checkpoint((folder_ / "run/best.h5").string()).images;
  EXPECT_EQ(images.folder, (std::filesystem::canonical(folder_ / "good") / "").string());
  EXPECT_EQ(images.trained_on.size(), 10u);
  EXPECT_EQ(images.held_out.size(), 10u);
  std::filesystem::create_directory(folder_ / "held");
  for (const std::string& name : images.held_out)
    std::filesystem::copy_file(folder_ / "good" / name, folder_ / "held" / name);
  EXPECT_THAT(adjoint_ok({"detect", "run/best.h5", "new", "--calibrate", "good"}).err,
              HasSubstr("trained on 10 of the 20 files"));
  EXPECT_THAT(adjoint_ok({"detect", "run/best.h5", "new", "--calibrate", "held"}).err,
              Not(HasSubstr("trained on")));
}

TEST_F(Detect, SaysWhatIsWrong) {
  EXPECT_THAT(message({"detect", "model.h5", "new", "--false-alarms", "0.01"}, 2),
              AllOf(HasSubstr("at least 99"), HasSubstr("there are 18")));
  EXPECT_THAT(message({"detect", "model.h5", "new", "--score", "median"}, 2),
              AllOf(HasSubstr("median"), HasSubstr("mean, max")));
  EXPECT_THAT(message({"detect", "model.h5", "new", "--smoothing=-1"}, 2),
              AllOf(HasSubstr("--smoothing -1"), HasSubstr("between 0 and 100")));
  EXPECT_THAT(message({"detect", "model.h5", "new", "--masks", "good"}, 2),
              HasSubstr("no mask in 'good'"));
}

}  // namespace
}  // namespace adjoint
