// `adjoint train` as a user runs it.

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Run : public Program {
 protected:
  Run() { folder_.write("plain.toml", kPlainConfig); }
};

TEST_F(Run, KeepsEverythingInOneFolderNamedAfterTheConfig) {
  const ProgramRun run = adjoint_ok({"train", "plain.toml"});
  for (const char* file : {"config.toml", "checkpoint.h5", "best.h5", "history.csv",
                           "metrics.jsonl", "samples/epoch-0001.png", "samples/epoch-0002.png"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "runs" / "plain" / file)) << file;
  }
  EXPECT_THAT(run.out, AllOf(HasSubstr("runs/plain/checkpoint.h5"), HasSubstr("runs/plain/best.h5"),
                             HasSubstr("samples/epoch-0002.png"), Not(HasSubstr("epoch 1/2"))));
  EXPECT_THAT(run.err, AllOf(HasSubstr("epoch 1/2"), HasSubstr("epoch 2/2"),
                             HasSubstr("48 training images, 16 validation images")));
}

TEST_F(Run, SummarisesAsJson) {
  const nlohmann::json result = json_of({"train", "plain.toml", "--out", "run"});
  EXPECT_EQ(result.at("ending"), "finished");
  EXPECT_EQ(result.at("epochs"), 2);
  for (const char* key :
       {"loss", "validation_loss", "validation_psnr", "input_psnr", "seconds", "loader_wait"})
    EXPECT_TRUE(result.at(key).is_number()) << key;
  for (const char* key : {"checkpoint", "best", "picture"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / result.at(key).get<std::string>())) << key;
}

TEST_F(Run, NamesNoPictureThatItDidNotMake) {
  const ProgramRun run =
      adjoint_ok({"train", "plain.toml", "--out", "run", "--set", "training.samples=0"});
  EXPECT_THAT(run.out, Not(HasSubstr("picture")));
  EXPECT_FALSE(json_of({"train", "run/checkpoint.h5", "--resume"}).contains("picture"));
}

TEST_F(Run, SaysThatItStoppedEarly) {
  const std::vector<std::string> arguments{
      "train", "plain.toml",          "--set", "optimizer.learning_rate=1e-30",
      "--set", "training.patience=1", "--set", "training.epochs=9"};
  const ProgramRun run = adjoint_ok(arguments);
  EXPECT_THAT(run.out, HasSubstr("stopped early: no better loss since epoch 1"));
  EXPECT_THAT(run.err, AllOf(HasSubstr("epoch 2/9"), Not(HasSubstr("epoch 3/9"))));
  EXPECT_EQ(json_of({"train", "runs/plain/checkpoint.h5", "--resume"}).at("ending"),
            "stopped early");
}

TEST_F(Run, RefusesAFolderThatHoldsARun) {
  adjoint_ok({"train", "plain.toml", "--out", "run"});
  const std::string before = contents(folder_ / "run/checkpoint.h5");
  EXPECT_THAT(message({"train", "plain.toml", "--out", "run", "--set", "seed=9"}, 2),
              AllOf(HasSubstr("run already holds a run"), HasSubstr("--resume"),
                    HasSubstr("--overwrite"), HasSubstr("--out")));
  EXPECT_EQ(contents(folder_ / "run/checkpoint.h5"), before);
  adjoint_ok({"train", "plain.toml", "--out", "run", "--set", "seed=9", "--overwrite"});
  EXPECT_NE(contents(folder_ / "run/checkpoint.h5"), before);
  adjoint_ok({"train", "plain.toml", "--out", "fresh", "--set", "seed=9"});
  expect_same_training(folder_ / "run/checkpoint.h5", folder_ / "fresh/checkpoint.h5");
}

TEST_F(Run, EndsInTheSameBitsWithAnyNumberOfThreads) {
  folder_.write("tiny.toml", kRandomConfig);
  for (const std::string threads : {"1", "2", "3"}) {
    adjoint_ok({"train", "tiny.toml", "--threads", threads, "--out", threads});
    expect_same_training(folder_ / "1/checkpoint.h5", folder_ / (threads + "/checkpoint.h5"));
  }
}

TEST_F(Run, TrainsWithoutValidationData) {
  const nlohmann::json result = json_of({"train", "plain.toml", "--set", "data.validation=0"});
  EXPECT_FALSE(result.contains("validation_loss"));
  EXPECT_THAT(contents(folder_ / "runs/plain/history.csv"),
              testing::StartsWith("epoch,loss,psnr,learning_rate,seconds,loader_wait,"
                                  "communication_bytes,communication_seconds\n"));
}

}  // namespace
}  // namespace adjoint
