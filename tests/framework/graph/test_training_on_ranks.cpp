// The same bits at any number of ranks and threads, whatever is trained and however.

#include <gmock/gmock.h>

#include <cstring>
#include <limits>

#include "framework/graph/training_step.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/losses/loss_settings.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/optimizer_settings.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/framework/graph/models.hpp"
#include "tests/support/thread_ranks.hpp"

namespace adjoint {
namespace {

constexpr Index kBatch = 37;
constexpr Index kSizes[] = {37, 3, 1, 12, 20};  // samples of each step's batch
constexpr int kSteps = 5;

struct Settings {
  Index shards = Sharding::kDefault;
  std::string optimizer = "kind = \"adam\"";
  std::string loss = "kind = \"mse\"";
  Index accumulate = 1;
  Index first_step = 0, last_step = kSteps;
  const OptimizerState* from = nullptr;
};

struct Trained {
  std::vector<double> losses;
  std::vector<std::string> weights;   // as bytes
  std::vector<std::string> averages;  // likewise: of the model with moving averages
  OptimizerState state;
};

std::vector<std::string> bytes_of(const Model& model) {
  std::vector<std::string> bytes;
  for (const Parameter& parameter : model.parameters()) {
    bytes.emplace_back(reinterpret_cast<const char*>(parameter.value.data()),
                       parameter.value.size() * sizeof(Real));
  }
  return bytes;
}

/// Of one sample: small, where the model takes any.
Shape input_of(const Model& model) {
  return model.input_shape()[0] == 0 ? Shape{8, 12, 1} : model.input_shape();
}

/// Trains a model on these ranks. Every rank ends with the same; the result is rank 0's.
Trained train(Model model, const Settings& settings, Ranks& ranks, int threads) {
  OptimizerSettings optimizer_settings;
  parse_config(settings.optimizer, "optimizer", {}, optimizer_settings);
  LossSettings loss_settings;
  parse_config(settings.loss, "loss", {}, loss_settings);
  const auto optimizer = make_optimizer(optimizer_settings);
  const auto loss = make_loss(loss_settings);
  ThreadPool pool(threads);
  TrainingStep training(
      model, *loss, *optimizer,
      {.input = input_of(model),
       .batch = kBatch,
       .seed = 5,
       .accumulate = settings.accumulate,
       .clip_value = optimizer_settings.clipvalue.value_or(0),
       .clip_norm = optimizer_settings.global_clipnorm.value_or(0),
       .average_momentum = optimizer_settings.use_ema ? optimizer_settings.ema_momentum : 0,
       .sharding = {.shards = settings.shards, .ranks = &ranks}},
      pool);
  if (settings.from) training.restore(*settings.from);
  Trained result;
  for (Index step = settings.first_step; step < settings.last_step; ++step) {
    for (Index piece = 0; piece < settings.accumulate; ++piece) {
      const Index number = step * settings.accumulate + piece;
      const Index count = kSizes[number % std::size(kSizes)];
      const Tensor batch = random_batch(count, input_of(model), static_cast<std::uint32_t>(number));
      const ShardRange own = training.sharded().own_samples(count);
      const ConstView part = view(batch).slice(own.first, own.size());
      result.losses.push_back(training.add(part, part, {}, count));
    }
    training.update();
  }
  result.weights = bytes_of(model);
  training.put_averages(model);
  result.averages = bytes_of(model);
  result.state = training.state();
  return result;
}

Trained train_on(int size, int threads, const Model& model, const Settings& settings) {
  Trained first;
  if (size == 1) return train(model, settings, alone(), threads);
  std::vector<std::vector<std::string>> weights(static_cast<std::size_t>(size));
  run_thread_ranks(size, [&](Ranks& ranks) {
    Trained mine = train(model, settings, ranks, threads);
    weights[static_cast<std::size_t>(ranks.rank())] = mine.weights;
    if (ranks.first()) first = std::move(mine);
  });
  EXPECT_THAT(weights, testing::Each(weights[0]));
  return first;
}

void expect_same(const Trained& got, const Trained& expected) {
  EXPECT_EQ(got.losses, expected.losses);
  EXPECT_TRUE(got.weights == expected.weights);
  EXPECT_TRUE(got.averages == expected.averages);
  EXPECT_EQ(got.state.step, expected.state.step);
  EXPECT_TRUE(got.state.slots == expected.state.slots);
  EXPECT_TRUE(got.state.averages == expected.state.averages);
}

void expect_same_bits_on_all_ranks(const Model& model, const Settings& settings) {
  const Trained expected = train_on(1, 1, model, settings);
  EXPECT_NE(expected.losses.front(), expected.losses.back());
  for (const int size : {1, 2, 3, 4, 5, 7, 8, 16}) {
    for (const int threads : {1, 3}) {
      if (threads == 3 && size > 3) continue;
      SCOPED_TRACE(std::to_string(size) + " ranks of " + std::to_string(threads) + " threads");
      expect_same(train_on(size, threads, model, settings), expected);
    }
  }
}

Model named(const std::string& name) {
  if (name == "plain") return plain_model();
  if (name == "wide") return wide_model();
  if (name == "tangled") return tangled_model();
  if (name == "variational") return variational_model();
  return residual_model();
}

class OnRanks : public testing::TestWithParam<std::string> {};

TEST_P(OnRanks, TrainsToTheSameBits) {
  expect_same_bits_on_all_ranks(named(GetParam()), {});
}

TEST_P(OnRanks, AccumulatesClipsAndAveragesToTheSameBits) {
  expect_same_bits_on_all_ranks(named(GetParam()),
                                {.optimizer = "kind = \"adam\"\nglobal_clipnorm = 0.01\n"
                                              "use_ema = true\nema_momentum = 0.5",
                                 .accumulate = 2});
}

INSTANTIATE_TEST_SUITE_P(, OnRanks,
                         testing::Values("plain", "wide", "tangled", "variational", "residual"),
                         [](const auto& info) { return info.param; });

TEST(TrainingOnRanks, TakesEveryOptimizerToTheSameBits) {
  for (const Kind<OptimizerFamily>& kind : OptimizerFamily::kinds()) {
    SCOPED_TRACE(kind.name);
    const std::string optimizer =
        write_config(OptimizerSettings{.kind = Choice<OptimizerFamily>(kind)});
    expect_same_bits_on_all_ranks(plain_model(), {.optimizer = optimizer});
  }
}

TEST(TrainingOnRanks, BoundsTheGradientsElementsToTheSameBits) {
  expect_same_bits_on_all_ranks(plain_model(), {.optimizer = "kind = \"sgd\"\nclipvalue = 0.001"});
}

TEST(TrainingOnRanks, TakesEveryLossToTheSameBits) {
  Model model({24, 24, 1});  // large enough for the losses that look at structure
  model.add({.name = "enc", .layer = conv(4), .activation = {ActivationKind::relu}});
  model.add({.name = "dec", .layer = transposed(1), .activation = {ActivationKind::sigmoid}});
  model.initialize(1);
  for (const Kind<LossFamily>& kind : LossFamily::kinds()) {
    if (kind.name == "ms_ssim" || kind.name == "weighted_sum") continue;  // need settings or size
    SCOPED_TRACE(kind.name);
    expect_same_bits_on_all_ranks(model, {.loss = "kind = \"" + std::string(kind.name) + "\""});
  }
}

TEST(TrainingOnRanks, TakesAnyNumberOfShards) {
  for (const Index shards : {16, 64})
    expect_same_bits_on_all_ranks(tangled_model(), {.shards = shards});
  // And fewer shards than that are another sum.
  EXPECT_FALSE(train_on(1, 1, plain_model(), {.shards = 2}).weights ==
               train_on(1, 1, plain_model(), {.shards = 64}).weights);
}

TEST(TrainingOnRanks, GoesOnOnAnotherNumberOfRanksToTheSameBits) {
  const Settings whole{.optimizer = "kind = \"adam\"\nuse_ema = true"};
  const Trained expected = train_on(1, 2, tangled_model(), whole);
  Settings first = whole, second = whole;
  first.last_step = second.first_step = 2;
  for (const auto& [before, after] : {std::pair{3, 1}, {1, 4}, {8, 5}}) {
    SCOPED_TRACE(std::to_string(before) + " ranks, then " + std::to_string(after));
    const Trained half = train_on(before, 1, tangled_model(), first);
    Model model = tangled_model();
    for (std::size_t i = 0; i < half.weights.size(); ++i)
      std::memcpy(model.parameters()[i].value.data(), half.weights[i].data(),
                  half.weights[i].size());
    second.from = &half.state;
    const Trained got = train_on(after, 1, model, second);
    EXPECT_TRUE(got.weights == expected.weights);
    EXPECT_TRUE(got.averages == expected.averages);
    EXPECT_TRUE(got.state.slots == expected.state.slots);
  }
}

TEST(TrainingOnRanks, GoesOnAfterABatchWhoseLossIsNotANumber) {
  const MeanSquaredError mse;
  const Adam adam({.learning_rate = 0.01});
  const auto weights_on = [&](int size, bool with_bad_batch) {
    std::vector<std::string> weights;
    run_thread_ranks(size, [&](Ranks& ranks) {
      Model model = plain_model();
      ThreadPool pool(1);
      TrainingStep training(model, mse, adam, {.batch = 20, .sharding = {.ranks = &ranks}}, pool);
      Tensor good = random_batch(20, model.input_shape(), 0), bad = good;
      bad.data()[0] = std::numeric_limits<Real>::quiet_NaN();  // of rank 0 alone
      const ShardRange own = training.sharded().own_samples(20);
      const auto part = [&](const Tensor& batch) {
        return view(batch).slice(own.first, own.size());
      };
      for (int step = 0; step < 3; ++step) {
        if (with_bad_batch && step > 0) {
          EXPECT_THROW(training.run(part(bad), part(bad), {}, 20), RunError);
        }
        training.run(part(good), part(good), {}, 20);
      }
      if (ranks.first()) weights = bytes_of(model);
    });
    return weights;
  };
  const std::vector<std::string> expected = weights_on(1, false);
  for (const int size : {1, 2, 5}) EXPECT_TRUE(weights_on(size, true) == expected) << size;
}

TEST(TrainingOnRanks, SendsTwiceTheParametersForEachStep) {
  Model model = wide_model();
  std::int64_t one = 0, three = 0;
  for (const auto& [steps, bytes] : {std::pair{1, &one}, {3, &three}}) {
    run_thread_ranks(4, [&, steps = steps, bytes = bytes](Ranks& ranks) {
      Settings settings{.last_step = steps};
      train(model, settings, ranks, 1);
      if (ranks.rank() == 1) *bytes = ranks.traffic().bytes;
    });
  }
  const double step = static_cast<double>(three - one) / 2;
  const double parameters = static_cast<double>(model.parameter_count()) * sizeof(Real);
  // This rank gives three quarters of its gradient away, and its quarter of the parameters to three
  // others; slices are rounded up.
  EXPECT_GT(step, 1.45 * parameters);
  EXPECT_LT(step, 1.8 * parameters);
}

}  // namespace
}  // namespace adjoint
