#include "framework/graph/training_step.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "framework/graph/predictor.hpp"
#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/sgd.hpp"
#include "framework/tensor/error.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Adam kAdam({.learning_rate = 0.01});
const BinaryCrossentropy kCrossentropy;

std::vector<Tensor> weights(const Model& model) {
  std::vector<Tensor> values;
  for (const Parameter& parameter : model.parameters()) values.push_back(parameter.value);
  return values;
}

/// Bit by bit: NaN equals itself, and -0 is not 0.
bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].size() != b[i].size()) return false;
    if (std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(Real)) != 0) return false;
  }
  return true;
}

/// Batches of sizes that no number of shards divides.
Tensor batch_of_step(const Model& model, int step) {
  constexpr Index kSizes[] = {37, 3, 1, 12};
  return random_batch(kSizes[step % 4], model.example_shape(), static_cast<std::uint32_t>(step));
}

void train(TrainingStep& training, const Model& model, int first, int last) {
  for (int step = first; step < last; ++step) {
    const Tensor batch = batch_of_step(model, step);
    training.run(view(batch), view(batch));
  }
}

std::vector<Tensor> trained(Model model, int threads,
                            const TrainingStep::Options& options = {.batch = 37, .seed = 5}) {
  ThreadPool pool(threads);
  TrainingStep training(model, kCrossentropy, kAdam, options, pool);
  train(training, model, 0, 100);
  return weights(model);
}

/// The gradient: the change of the weights by one step of plain gradient descent with rate 1.
std::vector<Tensor> step_of(const TrainingStep::Options& options,
                            const std::vector<Index>& pieces = {37}) {
  const Sgd sgd({.learning_rate = 1});
  Model model = plain_model();
  ThreadPool pool(2);
  TrainingStep training(model, kCrossentropy, sgd, options, pool);
  const Tensor batch = random_batch(37, model.example_shape(), 0);
  std::vector<Tensor> before = weights(model);
  Index first = 0;
  for (const Index count : pieces) {
    const ConstView piece = view(batch).slice(first, count);
    training.add(piece, piece);
    EXPECT_TRUE(training.pending());
    first += count;
  }
  training.update();
  EXPECT_FALSE(training.pending());
  EXPECT_EQ(training.steps(), 1);
  const std::vector<Tensor> after = weights(model);
  for (std::size_t i = 0; i < before.size(); ++i) before[i] -= after[i];
  return before;
}

void expect_near(const std::vector<Tensor>& got, const std::vector<Tensor>& expected) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (std::size_t j = 0; j < got[i].size(); ++j)
      ASSERT_NEAR(got[i].data()[j], expected[i].data()[j], 1e-6) << i << " " << j;
  }
}

TEST(TrainingStep, GivesTheSameBitsAtAnyNumberOfThreads) {
  for (const Model& model : {plain_model(), wide_model(), tangled_model(), variational_model()}) {
    const std::vector<Tensor> expected = trained(model, 1);
    EXPECT_FALSE(same_bits(expected, weights(model)));
    EXPECT_TRUE(same_bits(trained(model, 1), expected)) << "again";
    for (const int threads : {2, 3, 8}) {
      EXPECT_TRUE(same_bits(trained(model, threads), expected)) << threads << " threads";
    }
  }
}

TEST(TrainingStep, GivesTheSameBitsAtAnyNumberOfThreadsWhereverGradientsAreKept) {
  const TrainingStep::Options options{
      .batch = 37, .seed = 5, .accumulate = 2, .clip_norm = 0.01, .average_momentum = 0.9};
  const std::vector<Tensor> expected = trained(tangled_model(), 1, options);
  EXPECT_FALSE(same_bits(expected, trained(tangled_model(), 1)));
  for (const int threads : {2, 3, 8})
    EXPECT_TRUE(same_bits(trained(tangled_model(), threads, options), expected)) << threads;
}

TEST(TrainingStep, TakesTheMeanGradientOfTheBatchesThatWereAdded) {
  const std::vector<Tensor> whole = step_of({.batch = 37});
  // Pieces of other sizes, too, count by their samples.
  expect_near(step_of({.batch = 16, .accumulate = 3}, {16, 16, 5}), whole);
  expect_near(step_of({.batch = 30, .accumulate = 4}, {1, 30, 6}), whole);
}

TEST(TrainingStep, DropsOtherUnitsInEachBatchThatIsAdded) {
  Model model = tangled_model();
  const Sgd still({.learning_rate = 0});
  ThreadPool pool(1);
  TrainingStep training(model, kCrossentropy, still, {.batch = 8, .accumulate = 2}, pool);
  const Tensor batch = random_batch(8, {9, 7, 2}, 0);
  std::vector<double> losses;
  for (int step = 0; step < 2; ++step) {
    losses.push_back(training.add(view(batch), view(batch)));
    losses.push_back(training.add(view(batch), view(batch)));
    training.update();
  }
  std::ranges::sort(losses);
  EXPECT_EQ(std::ranges::adjacent_find(losses), losses.end()) << "the same masks twice";
}

TEST(TrainingStep, ClipsTheElementsOfTheGradient) {
  std::vector<Tensor> expected = step_of({.batch = 37});
  const Real limit = Real(1e-4);
  Index clipped = 0;
  for (Tensor& gradient : expected) {
    for (Real& g : gradient) {
      clipped += std::abs(g) > limit;
      g = std::clamp(g, -limit, limit);
    }
  }
  EXPECT_GT(clipped, 10);
  expect_near(step_of({.batch = 37, .clip_value = 1e-4}), expected);
}

TEST(TrainingStep, ScalesTheGradientDownToANorm) {
  std::vector<Tensor> expected = step_of({.batch = 37});
  double squares = 0;
  for (const Tensor& gradient : expected) {
    for (const Real g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
  }
  const double norm = std::sqrt(squares);
  expect_near(step_of({.batch = 37, .clip_norm = 1.1 * norm}), expected);
  for (Tensor& gradient : expected) gradient /= 4;
  expect_near(step_of({.batch = 37, .clip_norm = norm / 4}), expected);
  expect_near(step_of({.batch = 16, .accumulate = 3, .clip_norm = norm / 4}, {16, 16, 5}),
              expected);
}

TEST(TrainingStep, TakesTheRateThatIsSet) {
  const Sgd sgd({.learning_rate = 1});
  const Tensor batch = random_batch(37, {12, 8, 2}, 0);
  const std::vector<Tensor> gradient = step_of({.batch = 37});
  Model model = plain_model();
  ThreadPool pool(2);
  TrainingStep training(model, kCrossentropy, sgd, {.batch = 37}, pool);
  training.set_learning_rate(0.25);
  std::vector<Tensor> moved = weights(model);
  training.run(view(batch), view(batch));
  for (std::size_t i = 0; i < moved.size(); ++i)
    moved[i] = (moved[i] - model.parameters()[i].value) * 4;
  expect_near(moved, gradient);
}

TEST(TrainingStep, KeepsAMovingAverageOfTheWeights) {
  Model model = tangled_model();
  ThreadPool pool(2);
  TrainingStep training(model, kCrossentropy, kAdam, {.batch = 37, .average_momentum = 0.75}, pool);
  train(training, model, 0, 1);
  std::vector<Tensor> expected = weights(model);  // it begins with the first step's
  for (int step = 1; step < 6; ++step) {
    train(training, model, step, step + 1);
    for (std::size_t i = 0; i < expected.size(); ++i)
      expected[i] = Real(0.75) * expected[i] + Real(0.25) * model.parameters()[i].value;
  }
  Model averaged = model;
  put_averages(training.state(), averaged);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Parameter& parameter = averaged.parameters()[i];
    EXPECT_EQ(training.state().averages.contains(parameter.name), parameter.trainable);
    const Tensor& is = parameter.trainable ? expected[i] : model.parameters()[i].value;
    for (std::size_t j = 0; j < is.size(); ++j)
      ASSERT_NEAR(parameter.value.data()[j], is.data()[j], 1e-6) << parameter.name;
  }
  EXPECT_FALSE(same_bits(weights(averaged), weights(model)));
}

TEST(TrainingStep, RefusesAMovingAverageOfAnotherShape) {
  Model model = tangled_model();
  const std::vector<Tensor> before = weights(model);
  const Parameter& first = model.parameters()[0];
  OptimizerState state;
  state.averages[first.name] = make_tensor({shape_of(first.value).size() + 1000}, Real{1});
  EXPECT_THAT([&] { put_averages(state, model); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr(first.name), HasSubstr(to_string(shape_of(first.value))))));
  EXPECT_TRUE(same_bits(weights(model), before));
}

TEST(TrainingStep, Learns) {
  Model model = tangled_model();
  ThreadPool pool(2);
  TrainingStep training(model, kCrossentropy, kAdam, {.batch = 8, .seed = 5}, pool);
  const Tensor batch = random_batch(8, {9, 7, 2}, 0);
  const double first = training.run(view(batch), view(batch));
  double last = first;
  for (int step = 0; step < 100; ++step) last = training.run(view(batch), view(batch));
  EXPECT_LT(last, first - 0.05);
}

TEST(TrainingStep, HandsOutWhatTheModelMakesOfABatch) {
  const MeanSquaredError mse;
  ThreadPool pool(2);
  for (const Loss* loss : std::initializer_list<const Loss*>{&mse, &kCrossentropy}) {
    Model model = plain_model();
    const Tensor images = random_batch(21, model.example_shape(), 0);
    const Tensor expected = Predictor(model, {.batch = 21}, pool)(view(images));
    TrainingStep training(model, *loss, kAdam, {.batch = 37}, pool);
    Tensor output = make_tensor(shape_of(expected), std::numeric_limits<Real>::quiet_NaN());
    training.run(view(images), view(images), view(output));
    apply(training.sharded().plan().absorbed_activation(), view(output), view(output));
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(output.data()[i], expected.data()[i], 1e-5) << loss->name() << " " << i;
  }
}

TEST(TrainingStep, LeavesTheParametersAloneIfTheLossIsNotANumber) {
  for (Model model : {plain_model(), tangled_model()}) {
    ThreadPool pool(2);
    TrainingStep training(model, kCrossentropy, kAdam, {.batch = 37, .seed = 5}, pool);
    train(training, model, 0, 2);
    const std::vector<Tensor> before = weights(model);
    const OptimizerState state = training.state();
    Tensor bad = batch_of_step(model, 2);
    bad.data()[bad.size() - 1] = std::numeric_limits<Real>::quiet_NaN();
    EXPECT_THAT([&] { training.run(view(bad), view(bad)); },
                ThrowsMessage<RunError>(HasSubstr("the loss is not a number at step 3; lower")));
    EXPECT_TRUE(same_bits(weights(model), before));
    EXPECT_EQ(training.steps(), 2);
    EXPECT_EQ(training.state().slots, state.slots);
    // And the next good batch goes on as if nothing had happened.
    train(training, model, 2, 5);
    for (const Tensor& weight : weights(model)) {
      for (const Real x : weight) ASSERT_TRUE(std::isfinite(x));
    }
  }
}

TEST(TrainingStep, LeavesFrozenParametersAlone) {
  Model model({12, 8, 2});
  model.add({.name = "enc", .layer = conv(4), .activation = {ActivationKind::tanh}});
  model.add(
      {.name = "code", .layer = conv(6), .activation = {ActivationKind::tanh}, .trainable = false});
  model.add({.name = "mid", .layer = transposed(4), .tied_to = "code"});
  model.add({.name = "dec", .layer = transposed(2), .activation = {ActivationKind::sigmoid}});
  model.initialize(3);
  const std::vector<Tensor> before = weights(model), after = trained(model, 2);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Parameter& parameter = model.parameters()[i];
    EXPECT_EQ(same_bits({before[i]}, {after[i]}), !parameter.trainable) << parameter.name;
    EXPECT_EQ(parameter.trainable, !parameter.name.starts_with("code/")) << parameter.name;
  }
}

TEST(TrainingStep, LeavesEverythingThatAFrozenLayerHasAlone) {
  ConvolutionLayer::Settings regularized = halving(4);
  regularized.weights.kernel_regularizer = {.l2 = 0.1};
  regularized.weights.bias_initializer = Initializer::ones;
  regularized.weights.bias_regularizer = {.l1 = 0.1};
  const std::vector<std::shared_ptr<const Layer>> frozen{
      std::make_shared<Conv2D>(regularized), layer<BatchNormalization>({}),
      layer<GroupNormalization>({.groups = 2}), layer<LayerNormalization>({}),
      layer<PReLU>({.alpha_initializer = Initializer::ones,
                    .alpha_regularizer = {.l2 = 0.1},
                    .shared_axes = {1, 2}})};
  Model model({12, 8, 2});
  model.add({.name = "first", .layer = pointwise(2)});
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    model.add({.name = "frozen" + std::to_string(i),
               .layer = frozen[i],
               .trainable = false,
               .activity_regularizer = {.l1 = 0.001}});
  }
  model.add({.name = "last", .layer = transposed(2), .activation = {ActivationKind::sigmoid}});
  model.initialize(3);
  const std::vector<Tensor> before = weights(model), after = trained(model, 2);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& name = model.parameters()[i].name;
    EXPECT_EQ(same_bits({before[i]}, {after[i]}), name.starts_with("frozen")) << name;
  }
}

TEST(TrainingStep, KeepsTheAveragesOfAFrozenNormalization) {
  Model model({12, 8, 2});
  model.add({.name = "enc", .layer = conv(4)});
  model.add({.name = "frozen", .layer = layer<BatchNormalization>({}), .trainable = false});
  model.add({.name = "dec", .layer = transposed(2)});
  model.initialize(3);
  const std::vector<Tensor> before = weights(model), after = trained(model, 2);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& name = model.parameters()[i].name;
    EXPECT_EQ(same_bits({before[i]}, {after[i]}), name.starts_with("frozen/")) << name;
  }
}

TEST(TrainingStep, GoesOnFromASavedStateToTheSameBits) {
  const Sgd sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  for (const Optimizer* optimizer : std::initializer_list<const Optimizer*>{&kAdam, &sgd}) {
    const TrainingStep::Options options{.batch = 37, .seed = 5, .average_momentum = 0.9};
    ThreadPool pool(2);
    Model whole = tangled_model();
    TrainingStep training(whole, kCrossentropy, *optimizer, options, pool);
    train(training, whole, 0, 20);

    Model model = tangled_model();
    OptimizerState saved;
    {
      TrainingStep first_half(model, kCrossentropy, *optimizer, options, pool);
      train(first_half, model, 0, 9);
      saved = first_half.state();
    }
    TrainingStep second_half(model, kCrossentropy, *optimizer, options, pool);
    second_half.restore(saved);
    train(second_half, model, 9, 20);
    EXPECT_TRUE(same_bits(weights(model), weights(whole)));
    EXPECT_EQ(second_half.state().slots, training.state().slots);
    EXPECT_EQ(second_half.state().averages, training.state().averages);
  }
}

TEST(TrainingStep, RefusesTheStateOfAnotherOptimizerOrModel) {
  Model model = plain_model(), other = tangled_model();
  ThreadPool pool(1);
  const Sgd sgd({.momentum = 0.9}), plain_sgd({});
  TrainingStep training(model, kCrossentropy, kAdam, {}, pool);
  const auto restoring = [&](OptimizerState state) {
    return [&training, state] { training.restore(state); };
  };
  EXPECT_THAT(restoring(TrainingStep(model, kCrossentropy, sgd, {}, pool).state()),
              ThrowsMessage<InputError>(HasSubstr("has \"momentum\" of code/bias, which is not")));
  EXPECT_THAT(restoring(TrainingStep(model, kCrossentropy, plain_sgd, {}, pool).state()),
              ThrowsMessage<InputError>(HasSubstr("has no \"m\" of enc1/kernel; was it")));
  EXPECT_THAT(restoring(TrainingStep(other, kCrossentropy, kAdam, {}, pool).state()),
              ThrowsMessage<InputError>(HasSubstr("which is not kept here")));
  TrainingStep averaging(model, kCrossentropy, kAdam, {.average_momentum = 0.9}, pool);
  EXPECT_THAT(
      [&] { averaging.restore(training.state()); },
      ThrowsMessage<InputError>(HasSubstr("has no average of enc1/kernel; was it without")));
  OptimizerState wrong_shape = training.state();
  wrong_shape.slots["code/bias"]["m"] = make_tensor({5}, 0);
  EXPECT_THAT(restoring(wrong_shape),
              ThrowsMessage<InputError>(HasSubstr("\"m\" of code/bias is 5, expected 6")));
}

TEST(TrainingStep, MovesTheAveragesOfTheWholeBatch) {
  Model model({1});
  model.add({.name = "norm", .layer = layer<BatchNormalization>({.momentum = 0.5})});
  model.initialize(0);
  const MeanSquaredError mse;
  ThreadPool pool(2);
  TrainingStep training(model, mse, kAdam, {.batch = 3}, pool);
  Tensor batch = make_tensor({3, 1});
  std::ranges::copy(std::array<Real, 3>{0, 3, 6}, batch.begin());  // mean 3, variance 6
  training.run(view(std::as_const(batch)), view(std::as_const(batch)));
  ASSERT_EQ(model.parameters()[2].name, "norm/moving_mean");
  EXPECT_EQ(model.parameters()[2].value(0), Real(0.5 * 0 + 0.5 * 3));
  EXPECT_EQ(model.parameters()[3].value(0), Real(0.5 * 1 + 0.5 * 6));
}

}  // namespace
}  // namespace adjoint
