#include <gmock/gmock.h>

#include "framework/schedules/schedule_settings.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/support/kinds.hpp"

namespace adjoint {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

ScheduleSettings schedule(const std::string& toml) {
  ScheduleSettings settings;
  parse_config(toml, "test", {}, settings);
  return settings;
}

/// The rates at these epochs of a training of 10 epochs with 10 steps each, from a rate of 0.4.
std::vector<double> rates(const std::string& toml, const std::vector<double>& epochs) {
  std::vector<double> rates;
  for (const double epoch : epochs)
    rates.push_back(schedule(toml).rate(0.4, {.epoch = epoch, .step = 0.1, .epochs = 10}));
  return rates;
}

/// The learning rates at the beginning of each epoch and at the end.
const std::vector<double> kEpochs{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

TEST(Schedules, AreConstantByDefault) {
  EXPECT_THAT(rates("", {0, 3.7, 100}), ElementsAre(0.4, 0.4, 0.4));
}

TEST(Schedules, DropInSteps) {
  EXPECT_THAT(rates("kind = \"step\"\nevery = 2.5\nfactor = 0.5", {0, 2.4, 2.5, 4.9, 5}),
              ElementsAre(0.4, 0.4, 0.2, 0.2, 0.1));
}

TEST(Schedules, DropAtMilestones) {
  EXPECT_THAT(
      rates("kind = \"milestones\"\nepochs = [3, 5.5]\nfactor = 0.5", {0, 2.9, 3, 5.4, 5.5, 100}),
      ElementsAre(0.4, 0.4, 0.2, 0.2, 0.1, 0.1));
  EXPECT_THAT([] { schedule("kind = \"milestones\""); },
              ThrowsMessage<InputError>(HasSubstr("missing key \"epochs\"")));
}

TEST(Schedules, FallExponentially) {
  EXPECT_THAT(rates("kind = \"exponential\"\nevery = 2\nfactor = 0.25", {0, 1, 2, 4}),
              ElementsAre(0.4, 0.2, 0.1, 0.025));
}

TEST(Schedules, FallLikeACosineAsInPyTorch) {
  // CosineAnnealingLR(T_max = 10, eta_min = 0.04)
  EXPECT_THAT(rates("kind = \"cosine\"\nalpha = 0.1", kEpochs),
              Pointwise(DoubleNear(1e-15),
                        {0.4, 0.3911901729331277, 0.36562305898749053, 0.32580134541264516,
                         0.27562305898749057, 0.22, 0.1643769410125095, 0.11419865458735487,
                         0.07437694101250948, 0.04880982706687237, 0.04}));
  EXPECT_THAT(rates("kind = \"cosine\"\nepochs = 4", {2, 4, 9}),
              Pointwise(DoubleNear(1e-15), {0.2, 0.0, 0.0}));
}

TEST(Schedules, GoUpAndDownInOneCycleAsInPyTorch) {
  // OneCycleLR(max_lr = 0.4, total_steps = 11), whose first phase ends with its third step.
  EXPECT_THAT(
      rates("kind = \"one_cycle\"", kEpochs),
      Pointwise(DoubleNear(1e-15), {0.016, 0.112, 0.304, 0.4, 0.38019385280538953,
                                    0.3246982615799052, 0.24450480877451572, 0.1554967912254843,
                                    0.0753033384200948, 0.019807747194610516, 1.6e-06}));
}

TEST(Schedules, WarmUpInALineFromZero) {
  const std::string warmup = "\nwarmup_epochs = 2";
  EXPECT_THAT(rates(warmup, {0, 0.9, 1.9, 2, 9}),
              Pointwise(DoubleNear(1e-15), {0.4 / 20, 0.2, 0.4, 0.4, 0.4}));
  // The cosine has the 8 epochs that are left.
  EXPECT_THAT(rates("kind = \"cosine\"" + warmup, {0.9, 1.9, 2, 6, 10}),
              Pointwise(DoubleNear(1e-15), {0.2, 0.4, 0.4, 0.2, 0.0}));
  EXPECT_THAT(rates("kind = \"step\"\nevery = 3" + warmup, {4.9, 5}),
              Pointwise(DoubleNear(1e-15), {0.4, 0.04}));
}

double plateau(const std::string& keys, const std::vector<double>& losses) {
  return schedule("kind = \"reduce_on_plateau\"\n" + keys)
      .rate(0.4, {.epoch = static_cast<double>(losses.size()), .epochs = 100, .losses = losses});
}

TEST(Schedules, FallOnAPlateau) {
  const std::string two = "factor = 0.5\npatience = 2\n";
  EXPECT_EQ(plateau(two, {}), 0.4);
  EXPECT_EQ(plateau(two, {5, 4, 3, 3}), 0.4);
  EXPECT_EQ(plateau(two, {5, 4, 3, 3, 3}), 0.2);
  EXPECT_EQ(plateau(two, {5, 4, 3, 3, 2, 2}), 0.4);    // better in between
  EXPECT_EQ(plateau(two, {5, 3, 3, 3, 3, 3}), 0.1);    // twice
  EXPECT_EQ(plateau(two, {3, 2.99995, 2.9999}), 0.2);  // not better by 1e-4
  EXPECT_EQ(plateau(two + "min_delta = 0", {3, 2.99995, 2.9999}), 0.4);
  EXPECT_EQ(plateau(two + "min_lr = 0.15", {5, 3, 3, 3, 3, 3}), 0.15);
  EXPECT_EQ(plateau(two + "min_lr = 9", {5, 3, 3, 3}), 0.4);  // never up
  // The second drop waits for the cooldown, and then for its patience.
  EXPECT_EQ(plateau(two + "cooldown = 2", {5, 5, 5, 5, 5}), 0.2);
  EXPECT_EQ(plateau(two + "cooldown = 2", {5, 5, 5, 5, 5, 5}), 0.1);
}

TEST(Schedules, AreMadeFromTheirRows) {
  expect_kinds_read_back<ScheduleFamily>([](const Choice<ScheduleFamily>& kind) {
    // Every kind begins with at most the learning rate of the optimizer.
    const double rate = kind.make(0.5, TrainingTime{.step = 0.1, .epochs = 10});
    EXPECT_GT(rate, 0);
    EXPECT_LE(rate, 0.5);
  });
}

TEST(Schedules, SayWhetherTheyDependOnThePlannedEpochs) {
  EXPECT_FALSE(schedule("").depends_on_epochs());
  EXPECT_FALSE(schedule("kind = \"milestones\"\nepochs = [1]").depends_on_epochs());
  EXPECT_TRUE(schedule("kind = \"cosine\"").depends_on_epochs());
  EXPECT_TRUE(schedule("kind = \"one_cycle\"").depends_on_epochs());
  EXPECT_FALSE(schedule("kind = \"one_cycle\"\nepochs = 5").depends_on_epochs());
  EXPECT_EQ(schedule("kind = \"step\"").end(20), std::nullopt);
  EXPECT_EQ(schedule("kind = \"cosine\"").end(20), 20);
  EXPECT_EQ(schedule("kind = \"cosine\"\nepochs = 5\nwarmup_epochs = 2").end(20), 7);
}

}  // namespace
}  // namespace adjoint
