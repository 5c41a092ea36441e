// Whole models against central differences of the loss; built with ADJOINT_DOUBLE alone.

#include <gtest/gtest.h>

#include "framework/graph/sharded_plan.hpp"
#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "tests/framework/graph/models.hpp"
#include "tests/support/gradient_check.hpp"

namespace adjoint {
namespace {

void expect_gradients(Model model, const Shape& input, const Loss& loss) {
  constexpr Index kBatch = 11;  // uneven shards
  ThreadPool pool(2);
  ShardedPlan plan(model, {.mode = Mode::training, .input = input, .batch = kBatch, .loss = &loss},
                   pool);
  const Tensor x = random_batch(kBatch, input, 0);
  const Tensor target = random_batch(kBatch, model.infer(input).back(), 1);
  const auto run = [&] {
    return plan.run({.input = view(x), .target = view(target), .seed = 3, .step = 2}).loss;
  };
  run();
  plan.sum_gradients();
  std::vector<Tensor> gradients;
  for (std::size_t p = 0; p < model.parameters().size(); ++p) {
    const ConstView gradient = plan.gradients().gradient(static_cast<Index>(p));
    ASSERT_EQ(static_cast<bool>(gradient), model.parameters()[p].trainable);
    gradients.push_back(gradient ? copy_of(gradient) : Tensor());
  }
  for (std::size_t p = 0; p < model.parameters().size(); ++p) {
    Parameter& parameter = model.parameters()[p];
    if (!parameter.trainable) continue;
    for (std::size_t i = 0; i < parameter.value.size(); ++i) {
      const double expected = central_difference(parameter.value.data()[i], run);
      EXPECT_NEAR(gradients[p].data()[i], expected, gradient_tolerance(expected))
          << parameter.name << " " << i;
    }
  }
}

TEST(ModelGradients, AgreeWithCentralDifferencesOverEveryKindOfEdge) {
  expect_gradients(tangled_model(), {9, 7, 2}, BinaryCrossentropy());  // absorbs the sigmoid
  expect_gradients(tangled_model(), {9, 7, 2}, MeanSquaredError());
}

TEST(ModelGradients, AgreeWithCentralDifferencesThroughPoolingAndUpsampling) {
  expect_gradients(residual_model(), {8, 12, 1}, MeanSquaredError());
}

TEST(ModelGradients, AgreeWithCentralDifferencesThroughActivatedMerges) {
  expect_gradients(merging_model(), {4, 5, 2}, MeanSquaredError());
}

TEST(ModelGradients, AgreeWithCentralDifferencesOfEverythingThatAddsToTheLoss) {
  expect_gradients(variational_model(), {6, 4, 2}, BinaryCrossentropy());
  expect_gradients(variational_model(), {6, 4, 2}, MeanSquaredError());
}

TEST(ModelGradients, AreTheSumOfBothLayersForATiedKernel) {
  Model model({5, 6, 2});
  model.add({.name = "enc", .layer = conv(3)});
  model.add({.name = "dec", .layer = transposed(2), .tied_to = "enc", .output_like = "enc"});
  model.initialize(4);
  expect_gradients(std::move(model), {5, 6, 2}, MeanSquaredError());
}

TEST(ModelGradients, AreTheSumOfBothCallsOfASharedLayer) {
  Model model({5, 6, 2});
  model.add({.name = "once", .layer = conv(2), .activation = {Activation::Kind::tanh}});
  model.add({.name = "twice",
             .layer = conv(2),
             .activation = {Activation::Kind::tanh},
             .shared_with = "once"});
  model.initialize(4);
  expect_gradients(std::move(model), {5, 6, 2}, MeanSquaredError());
}

TEST(ModelGradients, GoThroughAFrozenNormalization) {
  Model model({4, 5, 2});
  model.add({.name = "enc", .layer = conv(3)});
  model.add({.name = "frozen", .layer = layer<BatchNormalization>({}), .trainable = false});
  model.add({.name = "dec", .layer = transposed(2)});
  model.initialize(4);
  for (const char* name : {"frozen/gamma", "frozen/moving_mean", "frozen/moving_variance"}) {
    const auto parameter = std::ranges::find(model.parameters(), name, &Parameter::name);
    for (Real& value : parameter->value) value = Real(0.3) + value * 2;
  }
  expect_gradients(std::move(model), {4, 5, 2}, MeanSquaredError());
}

TEST(ModelGradients, HoldForALayerThatReadsOneValueTwice) {
  Model model({3});
  model.add({.name = "a", .layer = layer<Dense>({.units = 3})});
  model.add({.name = "twice", .layer = std::make_shared<Add>(), .inputs = {"a", "a"}});
  model.add({.name = "both", .layer = layer<Concatenate>({}), .inputs = {"twice", "a", "twice"}});
  model.add({.name = "out", .layer = layer<Dense>({.units = 2})});
  model.initialize(4);
  expect_gradients(std::move(model), {3}, MeanSquaredError());
}

}  // namespace
}  // namespace adjoint
