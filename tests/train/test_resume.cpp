// A training that is stopped and resumed ends in the same bits as one that never stopped.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr int kThreads = 2, kOtherThreads = 3;

/// Asks for the end after one step or one epoch, both counted from 1.
class Stopper final : public TrainingObserver {
 public:
  Stopper() = default;
  Stopper(Index epoch, Index batch) : epoch_(epoch), batch_(batch) {}

  void on_step(const StepReport& report) override {
    if (report.epoch == epoch_ && report.batch == batch_) stop = true;
  }
  void on_epoch(const EpochReport& report) override {
    if (report.epoch == epoch_ && batch_ == 0) stop = true;
  }

  std::atomic<bool> stop = false;

 private:
  Index epoch_ = 0, batch_ = 0;
};

/// The config with images of a file beside it.
std::string with_npy_source(std::string text) {
  const std::size_t from = text.find("source = "), to = text.find("validation = ");
  return text.replace(from, to - from, "source = \"npy\"\npath = \"images.npy\"\n");
}

class Resume : public testing::Test {
 protected:
  Config config(std::vector<std::string> overrides = {}) const {
    return read_config_file(folder_.write("tiny.toml", text_), overrides);
  }
  RunFolder run_folder(const std::string& name) const { return RunFolder(folder_ / name); }

  Trainer::Ending train(const Config& config, const std::string& run, Stopper& stopper, bool resume,
                        int threads = kThreads) {
    ThreadPool pool(threads);
    Trainer trainer(config, run_folder(run), pool);
    if (resume) trainer.resume(run_folder(run).checkpoint());
    return trainer.run(stopper, stopper.stop);
  }
  void train_whole(const Config& config, const std::string& run) {
    Stopper never;
    ASSERT_EQ(train(config, run, never, false), Trainer::Ending::finished);
  }
  void train_stopped(const Config& config, const std::string& run, Stopper&& stopper,
                     int threads = kThreads) {
    ASSERT_EQ(train(config, run, stopper, false), Trainer::Ending::interrupted);
    Stopper never;
    ASSERT_EQ(train(config, run, never, true, threads), Trainer::Ending::finished);
  }

  TempFolder folder_;
  std::string text_ = kRandomConfig;
};

TEST_F(Resume, GivesTheSameBitsWhereverItStopped) {
  const Config config = this->config();
  train_whole(config, "whole");
  const Index last = 16;
  struct {
    const char* where;
    Index epoch, batch;
  } const kStops[] = {{"first-batch", 1, 1},
                      {"middle", 2, 7},
                      {"last-batch", 2, last},
                      {"between-epochs", 2, 0},
                      {"last-batch-of-all", 3, last}};
  for (const auto& stop : kStops) {
    SCOPED_TRACE(stop.where);
    train_stopped(config, stop.where, {stop.epoch, stop.batch});
    expect_same_training(run_folder("whole").checkpoint(), run_folder(stop.where).checkpoint());
    expect_same_training(run_folder("whole").best(), run_folder(stop.where).best());
  }
}

TEST_F(Resume, GivesTheSameBitsWithEverythingThatATrainingRemembers) {
  const std::string begin = text_ + R"(accumulate = 3
[optimizer]
kind = "nadam"
global_clipnorm = 0.05
use_ema = true
[optimizer.schedule]
)";
  for (const char* schedule : {"kind = \"reduce_on_plateau\"\npatience = 1\nmin_delta = 1\n",
                               "kind = \"one_cycle\"\nwarmup_epochs = 0.5\n"}) {
    SCOPED_TRACE(schedule);
    text_ = begin + schedule;
    const Config config = this->config();
    train_whole(config, "whole");
    // In the middle of three batches, at the end of an epoch, between epochs.
    for (const auto& [epoch, batch] : {std::pair{2, 5}, {2, 16}, {2, 0}}) {
      train_stopped(config, "stopped", {epoch, batch});
      expect_same_training(run_folder("whole").checkpoint(), run_folder("stopped").checkpoint());
      expect_same_training(run_folder("whole").best(), run_folder("stopped").best());
    }
  }
}

TEST_F(Resume, TakesMoreEpochsUnderAScheduleAndSaysWhatTheyChange) {
  text_ += "[optimizer.schedule]\nkind = \"cosine\"\n";
  train_whole(config({"training.epochs=1"}), "run");
  ThreadPool pool(kThreads);
  Trainer trainer(config({"training.epochs=2"}), run_folder("run"), pool);
  // Half way down the new wave; the old one had come to its end.
  EXPECT_THAT(trainer.resume(run_folder("run").checkpoint()),
              ElementsAre("the cosine schedule now ends at epoch 2 (it ended at 1)",
                          "epoch 2 goes on with a learning rate of 0.0005 (it would have been 0)",
                          HasSubstr("will not have the bits")));
  Stopper never;
  EXPECT_EQ(trainer.run(never, never.stop), Trainer::Ending::finished);
  const History& history = load_checkpoint(run_folder("run").checkpoint().string()).history;
  ASSERT_EQ(history.rows.size(), 2u);
  const auto rate = static_cast<std::size_t>(std::ranges::find(history.columns, "learning_rate") -
                                             history.columns.begin());
  // At the last of 16 steps, 31/32 of the way down.
  EXPECT_NEAR(history.rows[1][rate], 1e-3 * (1 + std::cos(3.14159265358979 * 31 / 32)) / 2, 1e-12);
}

TEST_F(Resume, GivesTheSameBitsWithMoreEpochsWhereTheScheduleNamesItsOwn) {
  text_ += "[optimizer.schedule]\nkind = \"cosine\"\nepochs = 2\n";
  train_whole(config({"training.epochs=1"}), "run");
  ThreadPool pool(kThreads);
  Trainer trainer(config({"training.epochs=2"}), run_folder("run"), pool);
  EXPECT_THAT(trainer.resume(run_folder("run").checkpoint()), IsEmpty());
  Stopper never;
  trainer.run(never, never.stop);
  train_whole(config({"training.epochs=2"}), "whole");
  expect_same_training(run_folder("whole").checkpoint(), run_folder("run").checkpoint());
}

TEST_F(Resume, TakesAnotherLearningRateOrScheduleAndSaysSo) {
  train_whole(config({"training.epochs=1"}), "run");
  const auto changes = [&](std::vector<std::string> overrides) {
    overrides.push_back("training.epochs=3");
    ThreadPool pool(kThreads);
    Trainer trainer(config(overrides), run_folder("run"), pool);
    return trainer.resume(run_folder("run").checkpoint());
  };
  EXPECT_THAT(changes({}), IsEmpty());
  EXPECT_THAT(changes({"optimizer.learning_rate=0.25"}),
              ElementsAre("optimizer.learning_rate is now 0.25 (it was 0.001)",
                          "epoch 2 goes on with a learning rate of 0.25 (it would have been 0.001)",
                          HasSubstr("will not have the bits")));
  EXPECT_THAT(changes({"optimizer.schedule.kind=step", "optimizer.schedule.every=1"}),
              ElementsAre(HasSubstr("it is now step (it was constant)"),
                          HasSubstr("rate of 0.0001 (it would have been 0.001)"),
                          HasSubstr("will not have the bits")));
}

TEST_F(Resume, SaysThatThereIsNothingLeftToTrain) {
  train_whole(config({"training.epochs=1"}), "run");
  ThreadPool pool(kThreads);
  Trainer trainer(config({"training.epochs=1"}), run_folder("run"), pool);
  EXPECT_THAT(trainer.resume(run_folder("run").checkpoint()),
              ElementsAre(HasSubstr("--set training.epochs=2")));
}

TEST_F(Resume, GivesTheSameBitsAugmentedAndNormalized) {
  for (const std::string kind : {"standardize", "global_contrast"}) {
    const Config config =
        this->config({"data.normalization.kind=" + kind, "augmentation.random_crop=12",
                      "augmentation.rotate90=true", "augmentation.brightness=0.1"});
    train_whole(config, "whole-" + kind);
    train_stopped(config, kind, {2, 5}, kOtherThreads);
    expect_same_training(run_folder("whole-" + kind).checkpoint(), run_folder(kind).checkpoint());
  }
}

TEST_F(Resume, KeepsTheNormalizationThatItsWeightsKnow) {
  Tensor images = make_tensor({8, 8, 8, 1});
  for (Index i = 0; i < 512; ++i) images.data()[i] = static_cast<Real>(i % 97) / 97;
  write_npy(folder_ / "images.npy", view(images));
  text_ = with_npy_source(text_);
  const Config config = this->config({"data.normalization.kind=standardize"});
  Stopper first(1, 0);
  train(config, "run", first, false);
  const auto learned = load_checkpoint(run_folder("run").checkpoint().string()).learned;
  ASSERT_EQ(learned.size(), 3U);
  images *= Real{0.5};
  write_npy(folder_ / "images.npy", view(images));
  Stopper never;
  train(config, "run", never, true);
  EXPECT_EQ(load_checkpoint(run_folder("run").checkpoint().string()).learned, learned);
}

TEST_F(Resume, GivesTheSameBitsWithOtherThreads) {
  const Config config = this->config();
  train_whole(config, "whole");
  train_stopped(config, "stopped", {2, 5}, kOtherThreads);
  expect_same_training(run_folder("whole").checkpoint(), run_folder("stopped").checkpoint());
}

TEST_F(Resume, GivesTheSameBitsAfterManyStops) {
  const Config config = this->config();
  train_whole(config, "whole");
  Stopper first(1, 3);
  train(config, "stopped", first, false);
  for (Index batch : {4, 5, 11}) {
    Stopper next(1, batch);
    ASSERT_EQ(train(config, "stopped", next, true), Trainer::Ending::interrupted);
  }
  Stopper never;
  train(config, "stopped", never, true);
  expect_same_training(run_folder("whole").checkpoint(), run_folder("stopped").checkpoint());
}

TEST_F(Resume, GivesTheSameBitsOnRandomPatchesWithMomentum) {
  Tensor image = make_tensor({24, 20, 1});
  std::filesystem::create_directory(folder_ / "images");
  for (int i = 0; i < 4; ++i) {
    for (Index p = 0; p < shape_of(image).size(); ++p)
      image.data()[p] = static_cast<Real>((p * (i + 3)) % 97) / 97;
    write_image(folder_ / "images" / (std::to_string(i) + ".png"), view(std::as_const(image)));
  }
  text_ = R"(seed = 3
[data]
source = "images"
path = "images"
patches = 12
patches_per_image = 8
validation = 0.25
[optimizer]
kind = "sgd"
momentum = 0.9
learning_rate = 0.05
)" + kRandomTraining;
  const Config config = this->config();
  train_whole(config, "whole");
  train_stopped(config, "stopped", {2, 1});
  expect_same_training(run_folder("whole").checkpoint(), run_folder("stopped").checkpoint());
}

TEST_F(Resume, MayTakeMoreEpochsAndShowOrSaveMore) {
  train_whole(config({"training.epochs=3"}), "whole");
  train_whole(config({"training.epochs=1"}), "short");
  Stopper never;
  EXPECT_EQ(train(config({"training.epochs=3", "training.patience=3", "training.samples=1",
                          "training.checkpoint_steps=9", "name=another"}),
                  "short", never, true),
            Trainer::Ending::finished);
  expect_same_training(run_folder("whole").checkpoint(), run_folder("short").checkpoint());
}

TEST_F(Resume, OfAFinishedTrainingChangesNothing) {
  const Config config = this->config({"training.epochs=1"});
  train_whole(config, "whole");
  const std::string before = contents(run_folder("whole").checkpoint());
  Stopper never;
  EXPECT_EQ(train(config, "whole", never, true), Trainer::Ending::finished);
  EXPECT_EQ(contents(run_folder("whole").checkpoint()), before);
}

TEST_F(Resume, RefusesAnotherConfigAndNamesTheLine) {
  train_whole(config({"training.epochs=1"}), "run");
  Stopper never;
  EXPECT_THAT([&] { train(config({"optimizer.beta_1=0.5"}), "run", never, true); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("checkpoint.h5"), HasSubstr("beta_1 = 0.9"),
                                              HasSubstr("beta_1 = 0.5"), HasSubstr("--out"))));
  EXPECT_THAT([&] { train(config({"model.layer.enc1.filters=5"}), "run", never, true); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("filters = 4"), HasSubstr("filters = 5"))));
}

TEST_F(Resume, TakesUpARunThatHadFewerColumns) {
  const Config config = this->config({"training.epochs=1"});
  train_whole(config, "run");
  const std::string path = run_folder("run").checkpoint().string();
  Checkpoint older = load_checkpoint(path);
  Model model = build_model(config.model, 0);
  load_weights(path, model);
  older.history.columns.erase(older.history.columns.begin() + 2);
  older.history.rows[0].erase(older.history.rows[0].begin() + 2);
  save_checkpoint(path, model, older);

  Stopper never;
  train(this->config({"training.epochs=2"}), "run", never, true);
  const History history = load_checkpoint(path).history;
  ASSERT_EQ(history.columns[2], "psnr");
  EXPECT_TRUE(std::isnan(history.rows[0][2]));
  EXPECT_EQ(history.rows[0][3], older.history.rows[0][2]);
  EXPECT_FALSE(std::isnan(history.rows[1][2]));

  older.history.columns.push_back("taste");
  older.history.rows[0].push_back(1);
  save_checkpoint(path, model, older);
  EXPECT_THAT([&] { train(config, "run", never, true); },
              ThrowsMessage<InputError>(HasSubstr("has the column \"taste\"")));
}

TEST_F(Resume, SaysThatThereIsNothingToResume) {
  Stopper never;
  EXPECT_THAT([&] { train(config(), "none", never, true); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("nothing to resume"), HasSubstr("leave out --resume"))));
}

}  // namespace
}  // namespace adjoint
