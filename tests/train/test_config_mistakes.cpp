// Mistakes in a config: all of them at once, with what was probably meant; and settings that cannot
// work are refused before anything is trained.

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ConfigMistakes : public Program {
 protected:
  /// The message of a training whose config is the plain one with other settings.
  std::string refusal(std::vector<std::string> settings) const {
    folder_.write("plain.toml", kPlainConfig);
    std::vector<std::string> arguments{"train", "plain.toml"};
    for (const std::string& setting : settings) {
      arguments.emplace_back("--set");
      arguments.push_back(setting);
    }
    const std::string text = message(arguments, 2);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
    return text;
  }
};

TEST_F(ConfigMistakes, InTheWordsOfOtherLibrariesAreAllReportedAtOnce) {
  folder_.write("bad.toml", R"(name = "bad"
early_stopping = true
loss = "mean_squared_error"
[data]
source = "synthetic"
count = 0
[augmentation]
rotation = 15
[model]
input = [0, 0, 1]
[[model.layer]]
type = "Conv2D"
filters = 4
kernel = 3
[[model.layer]]
type = "ConvTranspose2d"
[optimizer]
lr = 0.01
[training]
batch_size = "all"
metrics = ["SSIM"]
)");
  const std::string text = message({"train", "bad.toml"}, 2);
  EXPECT_THAT(text, HasSubstr("bad.toml: 9 mistakes:\n"));
  for (const char* part : {
           "bad.toml:2: unknown key \"early_stopping\"; it is training.patience here;",
           "bad.toml:3: loss: expected a table, [loss]; got \"mean_squared_error\" (a string); did "
           "you mean loss.kind = \"mean_squared_error\"?",
           "bad.toml:6: data.count: expected an integer, at least 1; got 0",
           "bad.toml:8: augmentation: unknown key \"rotation\"; did you mean \"rotate90\"?",
           "bad.toml:14: model.layer[1]: unknown key \"kernel\"; did you mean \"kernel_size\"?",
           "bad.toml:16: model.layer[2]: type: expected a string",
           "did you mean \"Conv2DTranspose\"?",
           "bad.toml:18: optimizer: unknown key \"lr\"; did you mean \"learning_rate\"?",
           "bad.toml:20: training.batch_size: expected an integer, at least 1; got \"all\"",
           "bad.toml:21: training.metrics: expected a list of strings",
           "did you mean \"ssim\"?",
       }) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(ConfigMistakes, OfAKindAreTranslated) {
  EXPECT_THAT(refusal({"loss.kind=mean_squared_error"}), HasSubstr("did you mean \"mse\"?"));
  EXPECT_THAT(refusal({"optimizer.schedule.kind=CosineAnnealingLR"}),
              HasSubstr("did you mean \"cosine\"?"));
}

TEST_F(ConfigMistakes, AreSettingsWithWhichNothingCouldBeTrained) {
  for (const std::string setting : {"beta_1=1", "beta_2=1", "beta_1=-0.1", "epsilon=0",
                                    "epsilon=1e-300", "ema_momentum=1", "learning_rate=-1"}) {
    EXPECT_THAT(refusal({"optimizer." + setting}),
                AllOf(HasSubstr("optimizer." + setting.substr(0, setting.find('='))),
                      HasSubstr("expected a number, at least ")));
  }
  EXPECT_THAT(refusal({"optimizer.kind=sgd", "optimizer.momentum=1"}), HasSubstr("below 1"));
  EXPECT_THAT(refusal({"optimizer.kind=rmsprop", "optimizer.rho=1"}), HasSubstr("below 1"));
  EXPECT_THAT(refusal({"optimizer.kind=rmsprop", "optimizer.momentum=1"}), HasSubstr("below 1"));
  EXPECT_THAT(
      refusal({"optimizer.kind=adamw", "optimizer.learning_rate=0.5", "optimizer.weight_decay=2"}),
      HasSubstr("optimizer.weight_decay: learning_rate * weight_decay"));
}

TEST_F(ConfigMistakes, AreHiddenCellsThatTheModelDoesNotLearnToFillIn) {
  EXPECT_THAT(refusal({"detection.hidden_cells=[2]"}),
              AllOf(HasSubstr("detection: hidden_cells needs a model that learns to fill"),
                    HasSubstr("kind = \"mask\", shape = \"cells\", and there is none")));
}

TEST_F(ConfigMistakes, AreNamesThatLeadOutOfTheFolderOfRuns) {
  for (const std::string name : {"../../x", "a/b", "/x", "..", ".", ""}) {
    EXPECT_THAT(refusal({"name=" + name}),
                AllOf(HasSubstr("name: "), HasSubstr("without \"/\""), HasSubstr("--out")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path().parent_path() / "x"));
  folder_.write("plain.toml", kPlainConfig);
  adjoint_ok({"train", "plain.toml", "--set", "name=a..b c", "--set", "training.epochs=1"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/a..b c/best.h5"));
}

TEST_F(ConfigMistakes, OfAModelThatTakesOtherChannelsSayWhatItTakes) {
  EXPECT_THAT(refusal({"data.channels=3"}),
              AllOf(HasSubstr("the model takes images of any size with 1 channel, got 16x16x3"),
                    Not(HasSubstr("anyxany"))));
}

TEST_F(ConfigMistakes, OfABatchAboveTheDataAreCutAndSaid) {
  folder_.write("plain.toml", kPlainConfig);
  const ProgramRun run = adjoint_ok({"train", "plain.toml", "--set", "training.batch_size=4096"});
  EXPECT_THAT(run.err, HasSubstr("training.batch_size = 4096 is more than there are training "
                                 "images: batches are of all 48"));
  const nlohmann::json result =
      json_of({"train", "plain.toml", "--set", "training.batch_size=4096", "--out", "second"});
  ASSERT_TRUE(result.contains("warnings")) << result;
  EXPECT_THAT(result["warnings"][0].get<std::string>(), HasSubstr("batches are of all 48"));
}

TEST_F(ConfigMistakes, OfExplainAreExplained) {
  adjoint_ok({"explain", "conv", "--input", "5", "--strides", "2"});
  EXPECT_EQ(adjoint_ok({"explain", "conv", "--input", "5", "--strides", "2"}).out,
            adjoint_ok({"explain", "conv", "--input", "5", "--stride", "2"}).out);
  EXPECT_THAT(message({"explain", "conv", "--input", "81"}, 2),
              AllOf(HasSubstr("81x81 are more than 1024 pixels"), HasSubstr("32x32")));
}

}  // namespace
}  // namespace adjoint
