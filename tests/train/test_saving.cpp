// The result of a training survives whatever fails around it.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Does something after a step or an epoch, both counted from 1, and keeps the warnings.
class Saboteur final : public TrainingObserver {
 public:
  std::function<void(const StepReport&)> at_step = [](const StepReport&) {};
  std::function<void(const EpochReport&)> at_epoch = [](const EpochReport&) {};
  std::vector<std::string> kinds;

  void on_step(const StepReport& report) override { at_step(report); }
  void on_epoch(const EpochReport& report) override { at_epoch(report); }
  void on_warning(const TrainingWarning& warning) override { kinds.push_back(warning.kind); }
};

class Saving : public testing::Test {
 protected:
  Config config(std::vector<std::string> overrides = {}) const {
    return read_config_file(folder_.write("tiny.toml", text_), overrides);
  }
  Trainer trainer(const std::string& run, std::vector<std::string> overrides = {}) {
    return {config(std::move(overrides)), RunFolder(folder_ / run), pool_};
  }
  /// The message with which a training ends that fails.
  std::string failure(Trainer& trainer) {
    try {
      trainer.run(observer_, never_);
    } catch (const Error& error) {
      return error.what();
    }
    ADD_FAILURE() << "the training ended well";
    return "";
  }
  /// A folder, with a file in it, where a file is to be written.
  void obstruct(const std::string& name) {
    std::error_code none;
    fs::remove(folder_ / name, none);
    fs::create_directories(folder_ / name);
    folder_.write(name + "/file", "in the way");
  }
  Checkpoint saved(const std::string& name) const {
    return load_checkpoint((folder_ / name).string());
  }

  TempFolder folder_;
  std::string text_ = kPlainConfig;
  ThreadPool pool_{2};
  Saboteur observer_;
  const std::atomic<bool> never_ = false;
};

TEST_F(Saving, TakesMetricsNamedTwiceAndThoseThatAreMeasuredAnyway) {
  Trainer training = trainer("run", {"training.metrics=[\"psnr\", \"mae\", \"mae\"]"});
  training.run(observer_, never_);
  const History history = saved("run/checkpoint.h5").history;
  EXPECT_THAT(history.columns,
              ElementsAre("epoch", "loss", "psnr", "validation_loss", "validation_psnr",
                          "input_psnr", "validation_mae", "learning_rate", "seconds", "loader_wait",
                          "communication_bytes", "communication_seconds"));
  EXPECT_EQ(history.rows.size(), 2u);
}

TEST_F(Saving, GoesOnWithoutAPictureThatCannotBeWritten) {
  observer_.at_step = [&](const StepReport& report) {
    if (report.epoch == 1) obstruct("run/samples/epoch-0001.png");
    if (report.epoch == 2) obstruct("run/samples/epoch-0002.png");
  };
  Trainer training = trainer("run", {"training.epochs=3"});
  EXPECT_EQ(training.run(observer_, never_), Trainer::Ending::finished);
  EXPECT_EQ(std::ranges::count(observer_.kinds, "picture"), 1);
  EXPECT_TRUE(fs::is_regular_file(folder_ / "run/samples/epoch-0003.png"));
  EXPECT_EQ(saved("run/checkpoint.h5").progress.epoch, 3);
}

TEST_F(Saving, GoesOnWithoutAHistoryThatCannotBeWritten) {
  observer_.at_epoch = [&](const EpochReport& report) {
    if (report.epoch == 1) obstruct("run/history.csv");
  };
  Trainer training = trainer("run");
  EXPECT_EQ(training.run(observer_, never_), Trainer::Ending::finished);
  EXPECT_EQ(std::ranges::count(observer_.kinds, "history"), 1);
  EXPECT_EQ(saved("run/checkpoint.h5").history.rows.size(), 2u);
}

TEST_F(Saving, KeepsTheStateElsewhereIfTheCheckpointCannotBeWritten) {
  observer_.at_step = [&](const StepReport&) { obstruct("run/checkpoint.h5"); };
  Trainer training = trainer("run");
  const std::string message = failure(training);
  EXPECT_THAT(message, AllOf(HasSubstr("cannot write"), HasSubstr("run/checkpoint.h5"),
                             HasSubstr("the training is saved to "), HasSubstr("--resume")));
  const std::string marker = "the training is saved to ";
  const std::size_t from = message.find(marker) + marker.size();
  const std::string elsewhere = message.substr(from, message.find(';', from) - from);
  ASSERT_TRUE(fs::is_regular_file(elsewhere)) << elsewhere;
  EXPECT_EQ(load_checkpoint(elsewhere).progress.epoch, 1);

  observer_.at_step = [](const StepReport&) {};
  Trainer second = trainer("second");
  EXPECT_THAT(second.resume(elsewhere), IsEmpty());
  second.run(observer_, never_);
  trainer("whole").run(observer_, never_);
  expect_same_training(folder_ / "second/checkpoint.h5", folder_ / "whole/checkpoint.h5");
}

TEST_F(Saving, KeepsTheStateIfTheBestCannotBeWrittenAndWritesThatLater) {
  observer_.at_step = [&](const StepReport&) { obstruct("run/best.h5"); };
  const std::vector<std::string> still{"optimizer.learning_rate=1e-30"};  // the first stays best
  Trainer first = trainer("run", still);
  EXPECT_THAT(failure(first), AllOf(HasSubstr("run/best.h5"), HasSubstr("--resume")));
  EXPECT_EQ(saved("run/checkpoint.h5").progress.epoch, 1);

  observer_.at_step = [](const StepReport&) {};
  fs::remove_all(folder_ / "run/best.h5");
  Trainer second = trainer("run", still);
  second.resume(folder_ / "run/checkpoint.h5");
  second.run(observer_, never_);
  trainer("whole", still).run(observer_, never_);
  expect_same_training(folder_ / "run/best.h5", folder_ / "whole/best.h5");
  expect_same_training(folder_ / "run/checkpoint.h5", folder_ / "whole/checkpoint.h5");
}

TEST_F(Saving, KeepsAnEpochWhoseValidationFails) {
  const Tensor pixels = make_tensor({16, 16, 1}, 0.25F);
  for (const char* name : {"train/a.png", "train/b.png", "train/c.png", "held-out/d.png"}) {
    fs::create_directories((folder_ / name).parent_path());
    write_image(folder_ / name, view(pixels));
  }
  const std::size_t from = text_.find("source = "), to = text_.find("[[corruption]]");
  text_.replace(from, to - from,
                "source = \"images\"\npath = \"train\"\nvalidation_path = \"held-out\"\n");
  trainer("whole").run(observer_, never_);

  Trainer first = trainer("run");
  const fs::path image = folder_ / "held-out/d.png", away = folder_ / "d.png";
  observer_.at_step = [&](const StepReport& report) {
    if (report.epoch == 1) fs::rename(image, away);
  };
  EXPECT_THAT(failure(first),
              AllOf(HasSubstr("d.png"), HasSubstr("saved to"), HasSubstr("run/checkpoint.h5")));
  EXPECT_EQ(saved("run/checkpoint.h5").progress.batch, 1);

  fs::rename(away, image);
  observer_.at_step = [](const StepReport&) {};
  Trainer second = trainer("run");
  second.resume(folder_ / "run/checkpoint.h5");
  second.run(observer_, never_);
  expect_same_training(folder_ / "run/checkpoint.h5", folder_ / "whole/checkpoint.h5");
}

TEST_F(Saving, KeepsTheWeightsThatMetDataWithoutNumbers) {
  Tensor images = make_tensor({40, 8, 8, 1}, 0.25F);
  images.data()[1000] = std::numeric_limits<Real>::quiet_NaN();
  write_npy(folder_ / "nan.npy", view(std::as_const(images)));
  const std::size_t from = text_.find("source = "), to = text_.find("validation = ");
  text_.replace(from, to - from, "source = \"npy\"\npath = \"nan.npy\"\n");
  Trainer training = trainer("run", {"training.batch_size=2", "data.validation=0"});
  Index steps = 0;
  observer_.at_step = [&](const StepReport&) { ++steps; };
  EXPECT_THAT(failure(training), AllOf(HasSubstr("values in the data"), HasSubstr("of epoch 1"),
                                       HasSubstr("run/checkpoint.h5")));
  ASSERT_GT(steps, 0) << "the test needs an image before that one";
  EXPECT_EQ(saved("run/checkpoint.h5").progress.batch, steps);
  const Hdf5File file = Hdf5File::open((folder_ / "run/checkpoint.h5").string());
  const Tensor kernel = file.read("model_weights/enc1/enc1/kernel:0");
  EXPECT_TRUE(std::ranges::all_of(view(kernel).flat(), [](Real w) { return std::isfinite(w); }));
}

TEST_F(Saving, CutsABatchToTheImagesThatThereAre) {
  trainer("all", {"training.batch_size=48"}).run(observer_, never_);
  EXPECT_EQ(std::ranges::count(observer_.kinds, "batch_size"), 0);
  Trainer training = trainer("more", {"training.batch_size=100000"});
  EXPECT_EQ(training.batch_size(), 48);
  training.run(observer_, never_);
  EXPECT_EQ(std::ranges::count(observer_.kinds, "batch_size"), 1);
  expect_same_training(folder_ / "more/checkpoint.h5", folder_ / "all/checkpoint.h5");
}

}  // namespace
}  // namespace adjoint
