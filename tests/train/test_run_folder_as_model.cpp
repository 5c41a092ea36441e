// A run's folder stands for its checkpoint, wherever a model is asked for.

#include "datasets/formats/npy.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class RunFolderAsModel : public Program {
 protected:
  RunFolderAsModel() {
    folder_.write("plain.toml", kPlainConfig);
    const Tensor images = some_images({4, 8, 8, 1});
    write_npy(folder_ / "in.npy", view(images));
  }
  void train(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"train", "plain.toml", "--out", "runs/x"});
    adjoint_ok(more);
  }
};

TEST_F(RunFolderAsModel, IsItsBestState) {
  train();
  // So that the two states are told apart.
  save_untrained(folder_ / "runs/x/checkpoint.h5", kPlainConfig);
  for (const std::string command : {"denoise", "encode"}) {
    adjoint_ok({command, "runs/x", "in.npy", "-o", "a.npy"});
    adjoint_ok({command, "runs/x/best.h5", "in.npy", "-o", "b.npy"});
    adjoint_ok({command, "runs/x/checkpoint.h5", "in.npy", "-o", "c.npy"});
    EXPECT_EQ(contents(folder_ / "a.npy"), contents(folder_ / "b.npy")) << command;
    EXPECT_NE(contents(folder_ / "a.npy"), contents(folder_ / "c.npy")) << command;
  }
  EXPECT_EQ(json_of({"evaluate", "runs/x"}), json_of({"evaluate", "runs/x/best.h5"}));
  EXPECT_EQ(adjoint_ok({"inspect", "runs/x", "--out", "p"}).out,
            adjoint_ok({"inspect", "runs/x/best.h5", "--out", "p"}).out);
  EXPECT_EQ(json_of({"data", "describe", "runs/x"})["images"], 64);
  const ProgramRun fine_tuned =
      adjoint_ok({"train", "plain.toml", "--from", "runs/x", "--out", "runs/y"});
  EXPECT_THAT(fine_tuned.err, HasSubstr("weights taken"));
}

TEST_F(RunFolderAsModel, IsItsLastStateToATrainingThatGoesOn) {
  train({"--set", "training.epochs=1"});
  adjoint_ok({"train", "runs/x", "--resume", "--set", "training.epochs=2"});
  adjoint_ok({"train", "plain.toml", "--out", "whole"});
  expect_same_training(folder_ / "runs/x/checkpoint.h5", folder_ / "whole/checkpoint.h5");
  EXPECT_THAT(message({"train", "runs/x"}, 2), HasSubstr("already holds a run"));
}

TEST_F(RunFolderAsModel, IsTheOtherStateWhereOneIsMissing) {
  train();
  std::filesystem::remove(folder_ / "runs/x/best.h5");
  adjoint_ok({"denoise", "runs/x", "in.npy", "-o", "a.npy"});
}

TEST_F(RunFolderAsModel, SaysWhatIsThereInstead) {
  train();
  EXPECT_THAT(message({"denoise", "runs", "in.npy"}, 2),
              AllOf(HasSubstr("runs is a folder without best.h5 or checkpoint.h5"),
                    HasSubstr("such as runs/x"), Not(HasSubstr("damaged"))));
  std::filesystem::create_directory(folder_ / "empty");
  for (const std::string command : {"denoise", "encode", "detect"}) {
    EXPECT_THAT(message({command, "empty", "in.npy"}, 2),
                HasSubstr("empty is a folder without best.h5"));
  }
  EXPECT_THAT(message({"train", "empty", "--resume"}, 2), HasSubstr("without best.h5"));
  EXPECT_THAT(message({"denoise", "plain.toml", "in.npy"}, 2),
              AllOf(HasSubstr("plain.toml is a config"), HasSubstr("folder of its run")));
  EXPECT_THAT(message({"denoise", "in.npy", "in.npy"}, 2), HasSubstr("in.npy is not an HDF5 file"));
  EXPECT_THAT(message({"train", "in.npy"}, 2), HasSubstr("is not a text file"));
  EXPECT_THAT(message({"denoise", "runs/x", "runs:/data"}, 2), Not(HasSubstr("damaged")));
}

TEST_F(RunFolderAsModel, SaysWhatAnotherScheduleChanges) {
  train({"--set", "optimizer.schedule.kind=cosine"});
  const ProgramRun run = adjoint_ok({"train", "runs/x", "--resume", "--set", "training.epochs=4"});
  EXPECT_THAT(run.err, HasSubstr("the cosine schedule now ends at epoch 4 (it ended at 2)"));
  const nlohmann::json result =
      json_of({"train", "runs/x", "--resume", "--set", "training.epochs=5", "--set",
               "optimizer.learning_rate=0.001"});
  ASSERT_EQ(result.at("changes").size(), 4u) << result;
  EXPECT_EQ(result["changes"][0], "optimizer.learning_rate is now 0.001 (it was 0.01)");
}

}  // namespace
}  // namespace adjoint
