#include "train/trainer.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TrainerTest : public testing::Test {
 protected:
  Config config(std::vector<std::string> overrides = {}) const {
    return read_config_file(folder_.write("tiny.toml", text_), overrides);
  }

  TempFolder folder_;
  std::string text_ = kPlainConfig;
  RunFolder run_{folder_ / "run"};
  ThreadPool pool_{2};
  TrainingObserver observer_;
  std::atomic<bool> stop_ = false;
};

TEST_F(TrainerTest, LowersTheLoss) {
  Trainer trainer(config({"training.epochs=4"}), run_, pool_);
  trainer.run(observer_, stop_);
  const History& history = trainer.history();
  EXPECT_THAT(history.columns,
              ElementsAre("epoch", "loss", "psnr", "validation_loss", "validation_psnr",
                          "input_psnr", "learning_rate", "seconds", "loader_wait",
                          "communication_bytes", "communication_seconds"));
  ASSERT_EQ(history.rows.size(), 4u);
  EXPECT_LT(history.rows[3][1], history.rows[0][1]);
  EXPECT_GT(history.rows[3][2], history.rows[0][2]);
  EXPECT_LT(history.rows[3][3], history.rows[0][3]);
}

TEST_F(TrainerTest, StopsWhenTheValidationLossGetsNoBetter) {
  // Steps of no size: the first epoch stays the best.
  Trainer trainer(
      config({"optimizer.learning_rate=1e-30", "training.epochs=9", "training.patience=2"}), run_,
      pool_);
  EXPECT_EQ(trainer.run(observer_, stop_), Trainer::Ending::stopped_early);
  EXPECT_EQ(trainer.progress().epoch, 3);
  EXPECT_EQ(trainer.progress().best_epoch, 1);
}

TEST_F(TrainerTest, KeepsTheEpochWithTheLowestValidationLossAsBest) {
  // Steps that are much too large: the loss goes up and down.
  Trainer trainer(config({"optimizer.learning_rate=0.3", "training.epochs=6"}), run_, pool_);
  trainer.run(observer_, stop_);
  const auto& rows = trainer.history().rows;
  const auto lowest =
      std::ranges::min_element(rows, {}, [](const std::vector<double>& row) { return row[3]; });
  const Checkpoint best = load_checkpoint(run_.best().string());
  EXPECT_EQ(best.progress.epoch, lowest - rows.begin() + 1);
  EXPECT_EQ(best.progress.best_loss, (*lowest)[3]);
  EXPECT_EQ(best.history.rows.size(), static_cast<std::size_t>(best.progress.epoch));
  EXPECT_EQ(load_checkpoint(run_.checkpoint().string()).progress.epoch, 6);
  EXPECT_NE(best.progress.epoch, 6) << "the test needs a best epoch that is not the last";
}

TEST_F(TrainerTest, TrainsWithoutValidationData) {
  Trainer trainer(config({"data.validation=0"}), run_, pool_);
  EXPECT_EQ(trainer.run(observer_, stop_), Trainer::Ending::finished);
  EXPECT_EQ(trainer.validation_size(), 0);
  EXPECT_THAT(trainer.history().columns,
              ElementsAre("epoch", "loss", "psnr", "learning_rate", "seconds", "loader_wait",
                          "communication_bytes", "communication_seconds"));
  EXPECT_TRUE(std::filesystem::exists(run_.best()));
  EXPECT_TRUE(std::filesystem::exists(run_.picture(2)));
}

TEST_F(TrainerTest, AddsTheMetricsThatAreAskedFor) {
  Trainer trainer(config({"training.metrics=[\"ssim\", \"mae\"]"}), run_, pool_);
  trainer.run(observer_, stop_);
  const History& history = trainer.history();
  EXPECT_THAT(
      history.columns,
      ElementsAre("epoch", "loss", "psnr", "validation_loss", "validation_psnr", "input_psnr",
                  "validation_ssim", "validation_mae", "learning_rate", "seconds", "loader_wait",
                  "communication_bytes", "communication_seconds"));
  for (const std::vector<double>& row : history.rows) {
    EXPECT_GT(row[6], 0);
    EXPECT_LT(row[6], 1);
    // The mean error is below the root of the mean square, and not far below.
    EXPECT_LT(row[7], std::sqrt(row[3]));
    EXPECT_GT(row[7], std::sqrt(row[3]) / 3);
  }
  EXPECT_THAT(
      [&] {
        Trainer(config({"training.metrics=[\"ssim\"]", "data.size=8"}), run_, pool_);
      },
      ThrowsMessage<InputError>(
          HasSubstr("training.metrics: images of 8x8x1 are too small for ssim")));
}

TEST_F(TrainerTest, FollowsItsSchedule) {
  text_ += "[optimizer.schedule]\nkind = \"exponential\"\nfactor = 0.5\n";
  Trainer trainer(config({"training.epochs=3"}), run_, pool_);  // of 3 steps each
  trainer.run(observer_, stop_);
  const auto rate_of = [&](std::size_t epoch) { return trainer.history().rows[epoch][6]; };
  // That of an epoch's last step: 2/3 of the epoch are over.
  EXPECT_NEAR(rate_of(0), 0.01 * std::pow(0.5, 2.0 / 3), 1e-12);
  EXPECT_NEAR(rate_of(1), 0.01 * std::pow(0.5, 5.0 / 3), 1e-12);
  EXPECT_NEAR(rate_of(2), 0.01 * std::pow(0.5, 8.0 / 3), 1e-12);
}

TEST_F(TrainerTest, LowersTheRateOnAPlateau) {
  // Steps of no size: no epoch is better than the first.
  text_ += "[optimizer.schedule]\nkind = \"reduce_on_plateau\"\npatience = 2\nfactor = 0.5\n";
  Trainer trainer(config({"training.epochs=6", "optimizer.learning_rate=1e-30"}), run_, pool_);
  trainer.run(observer_, stop_);
  std::vector<double> rates;
  for (const auto& row : trainer.history().rows) rates.push_back(row[6] / 1e-30);
  EXPECT_THAT(rates,
              testing::Pointwise(testing::DoubleNear(1e-12), {1.0, 1.0, 1.0, 0.5, 0.5, 0.25}));
}

TEST_F(TrainerTest, AccumulatesBatchesToOneStep) {
  // 48 images: 3 batches of 16 or 6 of 8, two of them a step.
  Trainer one(config(), run_, pool_);
  Trainer two(config({"training.batch_size=8", "training.accumulate=2"}),
              RunFolder(folder_ / "parts"), pool_);
  one.run(observer_, stop_);
  two.run(observer_, stop_);
  EXPECT_EQ(load_checkpoint((folder_ / "parts/checkpoint.h5").string()).optimizer.step, 6);
  const auto &a = one.history().rows, &b = two.history().rows;
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    for (const std::size_t column : {1, 2, 3, 4})
      EXPECT_NEAR(a[epoch][column], b[epoch][column], 1e-4);
  }
  // 3 batches make two steps, the last one of a single batch.
  Trainer odd(config({"training.epochs=1", "training.accumulate=2"}), RunFolder(folder_ / "odd"),
              pool_);
  odd.run(observer_, stop_);
  EXPECT_EQ(load_checkpoint((folder_ / "odd/checkpoint.h5").string()).optimizer.step, 2);
}

TEST_F(TrainerTest, JudgesAndKeepsTheAverageOfTheWeights) {
  Trainer trainer(config({"optimizer.use_ema=true"}), run_, pool_);
  trainer.run(observer_, stop_);
  const Checkpoint saved = load_checkpoint(run_.best().string());
  ASSERT_EQ(saved.optimizer.averages.size(), trainer.model().parameters().size());
  const ImageModel applied(run_.best().string(), pool_);
  for (std::size_t i = 0; i < applied.model().parameters().size(); ++i) {
    const Parameter& parameter = applied.model().parameters()[i];
    EXPECT_EQ(parameter.value, saved.optimizer.averages.at(parameter.name));
    EXPECT_EQ(parameter.value, trainer.evaluated_model().parameters()[i].value);
    EXPECT_NE(parameter.value, trainer.model().parameters()[i].value);
  }
  // That is also what another training begins with.
  Trainer next(config(), RunFolder(folder_ / "next"), pool_);
  next.begin_from(run_.best());
  EXPECT_EQ(next.model().parameters()[0].value, applied.model().parameters()[0].value);
  // The training itself goes as without, and is validated otherwise.
  Trainer plain(config(), RunFolder(folder_ / "plain"), pool_);
  plain.run(observer_, stop_);
  EXPECT_EQ(plain.history().rows[1][1], trainer.history().rows[1][1]);
  EXPECT_NE(plain.history().rows[1][3], trainer.history().rows[1][3]);
}

TEST_F(TrainerTest, TrainsOnAWeightedSumOfLosses) {
  text_ += R"([[loss.term]]
kind = "ssim"
weight = 0.84
[[loss.term]]
kind = "mae"
weight = 0.16
)";
  Trainer trainer(config({"training.epochs=4"}), run_, pool_);
  trainer.run(observer_, stop_);
  EXPECT_LT(trainer.history().rows[3][3], trainer.history().rows[0][3]);
  EXPECT_THAT([&] { Trainer(config({"data.size=8"}), run_, pool_); },
              ThrowsMessage<InputError>(HasSubstr("the loss ssim needs images of at least 11x11")));
}

TEST_F(TrainerTest, KeepsHistoryAsCsvAndAsJsonLines) {
  Trainer trainer(config(), run_, pool_);
  trainer.run(observer_, stop_);
  std::istringstream csv(contents(run_.history()));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line,
            "epoch,loss,psnr,validation_loss,validation_psnr,input_psnr,learning_rate,seconds,"
            "loader_wait,communication_bytes,communication_seconds");
  for (const std::vector<double>& row : trainer.history().rows) {
    ASSERT_TRUE(std::getline(csv, line));
    std::istringstream numbers(line);
    for (double value : row) {
      std::string number;
      ASSERT_TRUE(std::getline(numbers, number, ','));
      EXPECT_EQ(std::stod(number), value);
    }
  }
  EXPECT_FALSE(std::getline(csv, line));
  const std::string json = contents(run_.metrics());
  EXPECT_EQ(std::ranges::count(json, '\n'), 2);
  EXPECT_THAT(json, AllOf(HasSubstr("{\"epoch\":1,\"loss\":"), HasSubstr("{\"epoch\":2,")));
}

TEST_F(TrainerTest, KeepsAConfigThatTrainsTheSame) {
  Trainer(config({"training.epochs=1", "seed=8"}), run_, pool_).run(observer_, stop_);
  const RunFolder again(folder_ / "again");
  Trainer(read_config_file(run_.config(), {}), again, pool_).run(observer_, stop_);
  expect_same_training(run_.checkpoint(), again.checkpoint());
}

TEST_F(TrainerTest, KeepsTheInitialWeights) {
  Trainer trainer(config(), run_, pool_);
  const std::map<std::string, Tensor> before = copy_weights(trainer.model());
  trainer.run(observer_, stop_);
  const Checkpoint saved = load_checkpoint(run_.checkpoint().string());
  ASSERT_EQ(saved.initial_weights.size(), before.size());
  for (const auto& [name, tensor] : before)
    EXPECT_EQ(bytes_of(saved.initial_weights.at(name)), bytes_of(tensor)) << name;
  EXPECT_NE(bytes_of(before.at("enc1/kernel")),
            bytes_of(copy_weights(trainer.model()).at("enc1/kernel")));
}

/// Keeps what a training reports and warns of.
struct Watching final : TrainingObserver {
  std::vector<EpochReport> epochs;
  std::vector<std::string> warnings;
  void on_epoch(const EpochReport& report) override { epochs.push_back(report); }
  void on_warning(const TrainingWarning& warning) override { warnings.push_back(warning.text); }
};

TEST_F(TrainerTest, NamesACodeThatIsDead) {
  Watching alive;
  Trainer(config({"training.epochs=3"}), run_, pool_).run(alive, stop_);
  ASSERT_EQ(alive.epochs.size(), 3U);
  ASSERT_TRUE(alive.epochs[2].code);
  EXPECT_EQ(alive.epochs[2].code->layer, "enc1");
  EXPECT_EQ(alive.epochs[2].code->images, 16);  // all that validate
  EXPECT_EQ(alive.epochs[2].code->units, 4);
  EXPECT_EQ(alive.epochs[2].code->dead, 0);

  // A ReLU at 0 passes no gradient on: the kernel stays as it is.
  text_.insert(text_.find("activation = \"relu\""), "kernel_initializer = \"zeros\"\n");
  Watching dead;
  Trainer(config({"training.epochs=3"}), RunFolder(folder_ / "dead"), pool_).run(dead, stop_);
  EXPECT_EQ(dead.epochs[2].code->dead, 4);
  EXPECT_THAT(dead.warnings, testing::Contains(HasSubstr("4 of the 4 channels of the code")));
}

TEST_F(TrainerTest, WritesNoPicturesWhenNoneAreAskedFor) {
  Trainer(config({"training.samples=0"}), run_, pool_).run(observer_, stop_);
  EXPECT_TRUE(std::filesystem::is_empty(run_.path() / "samples"));
}

TEST_F(TrainerTest, EndsWithOneMessageWhenTheLossIsNoNumber) {
  Trainer(config({"training.epochs=1"}), run_, pool_).run(observer_, stop_);
  // Weights that overflow at the first step.
  Trainer trainer(config({"training.epochs=2", "optimizer.learning_rate=1e30"}), run_, pool_);
  EXPECT_THAT([&] { trainer.run(observer_, stop_); },
              ThrowsMessage<RunError>(AllOf(HasSubstr("loss is"), HasSubstr("step"),
                                            HasSubstr("optimizer.learning_rate"))));
  // Neither broken weights nor those of the run before, under the new one's config.
  EXPECT_FALSE(run_.holds_run());
}

}  // namespace
}  // namespace adjoint
