#include "train/one_class.hpp"

#include <csignal>

#include "tests/train/program.hpp"
#include "train/one_class_report.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kConfig = R"(name = "digits"
seed = 3
[data]
source = "idx"
path = "digits"
classes = [7]
validation = 0.25
[data.normalization]
kind = "global_contrast"
[model]
input = [4, 4, 1]
[[model.layer]]
name = "flat"
type = "Flatten"
[[model.layer]]
name = "code"
type = "Dense"
units = 2
[[model.layer]]
name = "wide"
type = "Dense"
units = 16
activation = "sigmoid"
[[model.layer]]
name = "square"
type = "Reshape"
target_shape = [4, 4, 1]
[training]
epochs = 3
batch_size = 8
[detection]
residual = "squared"
normalized = true
false_alarms = 0.3
)";

/// 16 images of 4 x 4 of each of the labels 0, 2 and 7: bright on the left, at the top, or on the
/// fields of a chessboard, with noise of its own everywhere.
class OneClass : public Program {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ / "digits");
    folder_.write("digits.toml", kConfig);
    write_set("train", {0, 2, 7}, 11);
    write_set("t10k", {0, 2, 7}, 29);
  }
  void write_set(const std::string& set, const std::vector<int>& labels, int noise) {
    const auto count = static_cast<char>(16 * labels.size());
    std::string images{"\0\0\x08\x03\0\0\0\0\0\0\0\x04\0\0\0\x04", 16};
    std::string classes{"\0\0\x08\x01\0\0\0\0", 8};
    images[7] = classes[7] = count;
    for (int i = 0; i < count; ++i) {
      const int label = labels[static_cast<std::size_t>(i) % labels.size()];
      classes += static_cast<char>(label);
      for (int pixel = 0; pixel < 16; ++pixel) {
        const int x = pixel % 4, y = pixel / 4;
        const bool bright = label == 0 ? x < 2 : label == 2 ? y < 2 : (x + y) % 2 == 0;
        images +=
            static_cast<char>((bright ? 120 : 20) + (i * noise + pixel * 37 + i * pixel) % 100);
      }
    }
    folder_.write("digits/" + set + "-images-idx3-ubyte", images);
    folder_.write("digits/" + set + "-labels-idx1-ubyte", classes);
  }
  static std::vector<std::string> evaluation(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"evaluate", "--one-class", "digits.toml", "--out", "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  /// What `adjoint detect` finds with the model of a run.
  double detected(const std::string& label, const std::string& seed, const std::string& tta) const {
    return json_of({"detect", fmt::format("out/class-{}/seed-{}", label, seed),
                    "digits/t10k-images-idx3-ubyte", "--labels", "digits/t10k-labels-idx1-ubyte",
                    "--normal", label, "--set", "detection.tta=" + tta})
        .at("auroc");
  }
};

TEST_F(OneClass, FindsWhatDetectFindsWithEachModel) {
  const nlohmann::json result = json_of(evaluation({"--seeds", "2"}));
  EXPECT_EQ(result.at("seed"), 3);
  EXPECT_EQ(result.at("seeds"), 2);
  ASSERT_EQ(result.at("classes").size(), 3u);
  std::set<double> different;
  double sum = 0;
  for (const std::size_t k : {0, 1, 2}) {
    const nlohmann::json& found = result.at("classes").at(k);
    const std::string label = std::vector{"0", "2", "7"}[k];
    EXPECT_EQ(found.at("label").dump(), label);
    const std::vector<double> auroc = found.at("auroc");
    ASSERT_EQ(auroc.size(), 2u);
    for (const std::size_t i : {0, 1}) {
      const std::string run = fmt::format("out/class-{}/seed-{}", label, 3 + i);
      EXPECT_DOUBLE_EQ(auroc[i], detected(label, std::to_string(3 + i), "false")) << run;
      EXPECT_THAT(contents(folder_ / (run + "/config.toml")),
                  AllOf(HasSubstr(fmt::format("seed = {}\n", 3 + i)),
                        HasSubstr(fmt::format("classes = [{}]", label))));
      EXPECT_EQ(nlohmann::json::parse(contents(folder_ / (run + "/detection.json"))).at("auroc"),
                auroc[i]);
      different.insert(auroc[i]);
    }
    EXPECT_DOUBLE_EQ(found.at("mean"), (auroc[0] + auroc[1]) / 2);
    EXPECT_NEAR(found.at("standard_deviation"), std::abs(auroc[0] - auroc[1]) / std::sqrt(2),
                1e-12);
    sum += found.at("mean").get<double>();
  }
  EXPECT_GT(different.size(), 3u) << "or the figures would say nothing";
  EXPECT_DOUBLE_EQ(result.at("mean_auroc"), sum / 3);
}

TEST_F(OneClass, KeepsWhatIsDone) {
  const nlohmann::json first = json_of(evaluation({}));
  const auto checkpoint = folder_ / "out/class-0/seed-3/checkpoint.h5";
  const auto written = std::filesystem::last_write_time(checkpoint);
  std::filesystem::remove_all(folder_ / "out/class-7");
  const ProgramRun again = adjoint_ok(evaluation({"--json"}));
  EXPECT_EQ(nlohmann::json::parse(again.out), first);
  EXPECT_THAT(again.err, AllOf(HasSubstr("[1/3] class 0, seed 3: AUROC 0."),
                               HasSubstr("[3/3] class 7, seed 3: AUROC 0.")));
  // Other scores take no other training.
  const nlohmann::json other = json_of(evaluation({"--class", "2", "--set", "detection.tta=true"}));
  ASSERT_EQ(other.at("classes").size(), 1u);
  EXPECT_DOUBLE_EQ(other.at("mean_auroc"), detected("2", "3", "true"));
  EXPECT_NE(other.at("mean_auroc"), first.at("classes").at(1).at("mean"));
  EXPECT_EQ(std::filesystem::last_write_time(checkpoint), written);
  EXPECT_THAT(message(evaluation({"--set", "training.batch_size=4"}), 2),
              AllOf(HasSubstr("class-0/seed-3/checkpoint.h5"), HasSubstr("batch_size = 8")));
  EXPECT_THAT(message(evaluation({"--set", "optimizer.learning_rate=0.5"}), 2),
              HasSubstr("now there is `learning_rate = 0.5`"));
}

TEST_F(OneClass, GoesOnAfterAnInterruption) {
  const std::vector<std::string> arguments =
      evaluation({"--class", "2", "--set", "training.epochs=60"});
  const auto checkpoint = folder_ / "out/class-2/seed-3/checkpoint.h5";
  const ProgramRun run = adjoint(
      arguments, {.send = SIGINT, .when = [=] { return std::filesystem::exists(checkpoint); }});
  EXPECT_EQ(run.status, 130);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("the same command goes on"));
  const nlohmann::json resumed = json_of(arguments);
  std::filesystem::remove_all(folder_ / "out");
  EXPECT_EQ(json_of(arguments), resumed);
}

TEST_F(OneClass, RefusesWhatItCannotEvaluateBeforeItTrains) {
  const auto refusal = [&](const std::vector<std::string>& more) {
    return message(evaluation(more), 2);
  };
  EXPECT_THAT(refusal({"--noise", "0.1"}), HasSubstr("--noise does not go with --one-class"));
  EXPECT_THAT(refusal({"run/best.h5"}),
              HasSubstr("unexpected argument \"run/best.h5\"; --one-class CONFIG"));
  EXPECT_THAT(message({"evaluate", "run/best.h5", "--seeds", "2"}, 2),
              HasSubstr("--seeds belongs to evaluate --one-class CONFIG"));
  EXPECT_THAT(refusal({"--seeds", "0"}), HasSubstr("--seeds 0: expected"));
  EXPECT_THAT(refusal({"--set", "data.classes=[0]"}), HasSubstr("choose some with --class"));
  EXPECT_THAT(refusal({"--class", "5"}), HasSubstr("no image has the label 5; there are 0, 2, 7"));
  EXPECT_THAT(refusal({"--set", "data.which=test"}), HasSubstr("trains on the test images"));
  EXPECT_THAT(refusal({"--set", "data.path=digits/train-images-idx3-ubyte"}),
              AllOf(HasSubstr("is one file"), HasSubstr("expected the folder")));
  folder_.write("made.toml", kRandomConfig);
  EXPECT_THAT(message({"evaluate", "--one-class", "made.toml"}, 2),
              AllOf(HasSubstr("\"synthetic\" does not tell test images"),
                    HasSubstr("expected one of idx, cifar10")));
  folder_.write("small.toml",
                kConfig + "[[corruption]]\nkind = \"downsample\"\nkeep_size = false\n");
  EXPECT_THAT(message({"evaluate", "--one-class", "small.toml"}, 2),
              HasSubstr("model enlarges images"));
  write_set("t10k", {0, 7}, 29);
  EXPECT_THAT(refusal({}), HasSubstr("no test image has the label 2; there are 0, 7"));
  write_set("t10k", {0}, 29);
  EXPECT_THAT(refusal({"--class", "0"}), HasSubstr("all test images have the label 0"));
  std::filesystem::remove(folder_ / "digits/train-labels-idx1-ubyte");
  EXPECT_THAT(refusal({}), HasSubstr("the training images have no labels"));
  std::filesystem::remove(folder_ / "digits/t10k-labels-idx1-ubyte");
  EXPECT_THAT(refusal({}), HasSubstr("the test images have no labels"));
  std::filesystem::remove(folder_ / "digits/t10k-images-idx3-ubyte");
  EXPECT_THAT(refusal({}), HasSubstr("holds neither 't10k-images-idx3-ubyte'"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST(OneClassTable, HasMeansAndStandardDeviationsOfASample) {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_DOUBLE_EQ(mean_and_deviation(values).mean, 5);
  EXPECT_DOUBLE_EQ(*mean_and_deviation(values).deviation, std::sqrt(32.0 / 7));
  EXPECT_FALSE(mean_and_deviation(std::vector{0.5}).deviation);
  EXPECT_EQ(one_class_text({{3, "cat", {0.5, 0.75, 1}}, {11, "", {0.25, 0.25, 0.25}}}, 8),
            "class    AUROC   standard deviation over seeds 8 to 10\n"
            "3 (cat)  0.7500  0.2500\n"
            "11       0.2500  0.0000\n"
            "mean     0.5000\n");
  EXPECT_THAT(one_class_text({{3, "", {0.5}}}, 8),
              AllOf(HasSubstr("seed 8 alone"), HasSubstr("3      0.5000  -\n")));
}

}  // namespace
}  // namespace adjoint
