// The penalties that layers and parameters add to the loss, against sums by hand.

#include <gmock/gmock.h>

#include <cmath>

#include "framework/graph/sharded_plan.hpp"
#include "framework/losses/elementwise.hpp"
#include "tests/framework/graph/models.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

constexpr double kTolerance = 1e-6;
const MeanSquaredError kLoss;

/// The loss of a batch whose target is the output: the penalties alone.
BatchLoss costs(const Model& model, const Tensor& x, Mode mode) {
  ThreadPool pool(2);
  const Index count = shape_of(x)[0];
  const PlanRequest request{
      .mode = mode, .input = model.example_shape(), .batch = count, .loss = &kLoss};
  Tensor output = make_tensor(model.infer(model.example_shape()).back().batched(count));
  ShardedPlan(model, {.input = model.example_shape(), .batch = count}, pool)
      .run({.input = view(x), .output = view(output)});
  ShardedPlan plan(model, request, pool);
  return plan.run({.input = view(x), .target = view(std::as_const(output))});
}

void expect_penalties(const Model& model, const Tensor& x, double expected) {
  const BatchLoss training = costs(model, x, Mode::training);
  EXPECT_NEAR(training.loss, expected, kTolerance);
  EXPECT_NEAR(training.penalty, expected, kTolerance);
  const BatchLoss inference = costs(model, x, Mode::inference);
  EXPECT_EQ(inference.loss, 0);
  EXPECT_NEAR(inference.penalty, expected, kTolerance);
}

/// y = x K + b, K = (1, -2; 3, 0), b = (0.5, -0.5).
Model dense_model(const Dense::Settings& settings, const Regularizer& activity = {},
                  bool trainable = true) {
  Model model({2});
  model.add({.name = "dense",
             .layer = layer<Dense>(settings),
             .trainable = trainable,
             .activity_regularizer = activity});
  model.parameters()[0].value = tensor_of({2, 2}, {1, -2, 3, 0});
  model.parameters()[1].value = tensor_of({2}, {0.5, -0.5});
  return model;
}

const Tensor kBatch = tensor_of({3, 2}, {1, 0, 0, 1, 0, 0});

TEST(Penalties, OfParametersCountOnceAStepWhateverTheBatch) {
  Dense::Settings settings{.units = 2};
  settings.weights.kernel_regularizer = {.l1 = 0.1, .l2 = 0.01};
  settings.weights.bias_regularizer = {.l1 = 0.2};
  // |K|: 6, K^2: 14, |b|: 1.
  expect_penalties(dense_model(settings), kBatch, 0.1 * 6 + 0.01 * 14 + 0.2 * 1);
  expect_penalties(dense_model(settings), tensor_of({1, 2}, {1, 0}), 0.6 + 0.14 + 0.2);
}

TEST(Penalties, OfParametersThatAreNotTrainedAreNone) {
  Dense::Settings settings{.units = 2};
  settings.weights.kernel_regularizer = {.l1 = 0.1};
  expect_penalties(dense_model(settings, {}, false), kBatch, 0);
}

TEST(Penalties, OfOutputsAreDividedByTheBatchSize) {
  // y = (1.5, -2.5), (3.5, -0.5), (0.5, -0.5): sum |y| = 9, sum y^2 = 21.5.
  expect_penalties(dense_model({.units = 2}, {.l1 = 0.5, .l2 = 0.1}), kBatch,
                   (0.5 * 9 + 0.1 * 21.5) / 3);
}

TEST(Penalties, OfOutputsSeeWhatTheActivationMadeOfThem) {
  Model model({2});
  model.add({.name = "relu",
             .layer = std::make_shared<ActivationLayer>(Activation{}),
             .activation = {ActivationKind::relu},
             .activity_regularizer = {.l1 = 1}});
  // Runs in place over what the penalty has to see.
  model.add({.name = "sparse", .layer = layer<ActivityRegularization>({.l2 = 1})});
  expect_penalties(model, tensor_of({2, 2}, {-3, 1, 2, -1}), (1 + 2 + 1 + 4) / 2.0);
}

TEST(Penalties, OfARandomCodeAreItsDivergenceFromTheStandardNormal) {
  Model model({2});
  model.add({.name = "code", .layer = layer<Sampling>({.beta = 3}), .inputs = {"input", "input"}});
  // Mean and log variance are both x. KL = (x^2 + exp(x) - x - 1) / 2 a number; 4 numbers, of 2
  // samples whose model output has 2 elements.
  double nats = 0;
  for (const double x : {1.0, 0.5, -2.0, 0.0}) nats += (x * x + std::exp(x) - x - 1) / 2;
  EXPECT_NEAR(costs(model, tensor_of({2, 2}, {1, 0.5, -2, 0}), Mode::inference).penalty,
              3 * nats / (2 * 2), kTolerance);
}

TEST(Penalties, AreNoneWhereNobodyAskedForALoss) {
  ThreadPool pool(1);
  const Model model = dense_model({.units = 2}, {.l1 = 1});
  ShardedPlan plan(model, {.input = {2}, .batch = 3}, pool);
  EXPECT_EQ(plan.run({.input = view(kBatch)}).penalty, 0);
}

TEST(Penalties, AreToldApartFromTheLossThatIncludesThem) {
  ThreadPool pool(2);
  const Model model = dense_model({.units = 2}, {.l1 = 0.5});
  ShardedPlan plan(model, {.mode = Mode::training, .input = {2}, .batch = 3, .loss = &kLoss}, pool);
  // The model's output, but for one element that is off by 3.
  const Tensor target = tensor_of({3, 2}, {1.5, -2.5, 3.5, 2.5, 0.5, -0.5});
  const BatchLoss batch = plan.run({.input = view(kBatch), .target = view(target)});
  EXPECT_NEAR(batch.penalty, 0.5 * 9 / 3, kTolerance);
  EXPECT_NEAR(batch.loss, 9 / 6.0 + batch.penalty, kTolerance);
}

TEST(Penalties, JoinTheGradientThatTheOptimizerSees) {
  Dense::Settings settings{.units = 2};
  settings.weights.kernel_regularizer = {.l1 = 0.1, .l2 = 0.01};
  const Model model = dense_model(settings);
  ThreadPool pool(2);
  ShardedPlan plan(model, {.mode = Mode::training, .input = {2}, .batch = 3, .loss = &kLoss}, pool);
  const Tensor target = tensor_of({3, 2}, {1.5, -2.5, 3.5, -0.5, 0.5, -0.5});
  plan.run({.input = view(kBatch), .target = view(target)});
  plan.sum_gradients();
  const ConstView seen = plan.gradients().gradient(0);
  const double expected[] = {0.1 + 0.02, -0.1 - 0.04, 0.1 + 0.06, 0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(seen[i], expected[i], kTolerance) << i;
}

}  // namespace
}  // namespace adjoint
