#include "framework/layers/batch_normalization.hpp"

#include <gmock/gmock.h>

#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

std::vector<std::string> parameter_names(const BatchNormalization::Settings& settings) {
  std::vector<std::string> names;
  for (const ParameterSpec& spec : BatchNormalization(settings).parameters({.inputs = {{4, 4, 3}}}))
    names.push_back(spec.name);
  return names;
}

TEST(BatchNormalization, KeepsItsParametersInKerasOrder) {
  EXPECT_THAT(parameter_names({}), ElementsAre("gamma", "beta", "moving_mean", "moving_variance"));
  EXPECT_THAT(parameter_names({.center = false}),
              ElementsAre("gamma", "moving_mean", "moving_variance"));
  EXPECT_THAT(parameter_names({.scale = false}),
              ElementsAre("beta", "moving_mean", "moving_variance"));
  EXPECT_THAT(parameter_names({.center = false, .scale = false}),
              ElementsAre("moving_mean", "moving_variance"));
}

TEST(BatchNormalization, UsesItsMovingAveragesForInference) {
  const BatchNormalization layer({.epsilon = 0});
  LayerRun run(layer, {.inputs = {{2}}}, 2);
  run.mode = Mode::inference;
  run.inputs[0] = tensor_of({2, 2}, {5, 0, 1, 4});
  run.parameters = {tensor_of({2}, {2, 1}), tensor_of({2}, {1, -1}), tensor_of({2}, {3, 2}),
                    tensor_of({2}, {4, 16})};
  // gamma (x - mean) / sqrt(variance) + beta
  EXPECT_THAT(run.forward(), ElementsAre(3, -1.5, -1, -0.5));
}

TEST(BatchNormalization, AddsEpsilonToTheVariance) {
  const BatchNormalization layer({.epsilon = 1.0, .center = false, .scale = false});
  LayerRun run(layer, {.inputs = {{1}}}, 1);
  run.mode = Mode::inference;
  run.inputs[0].fill(8);
  run.parameters[0].fill(0);
  run.parameters[1].fill(3);
  EXPECT_THAT(run.forward(), ElementsAre(4));
}

TEST(BatchNormalization, NormalizesByTheWholeBatchWhileTraining) {
  for (const std::vector<Index>& shards : std::vector<std::vector<Index>>{{4}, {1, 3}, {2, 1, 1}}) {
    const BatchNormalization layer({.epsilon = 0});
    LayerRun run(layer, {.inputs = {{1}}}, 4, shards);
    run.inputs[0] = tensor_of({4, 1}, {1, 1, 5, 5});  // mean 3, variance 4
    run.parameters[0].fill(10);
    run.parameters[1].fill(100);
    EXPECT_THAT(run.forward(), ElementsAre(90, 90, 110, 110));
  }
}

TEST(BatchNormalization, KeepsItsDigitsFarFromZero) {
  const BatchNormalization layer({.epsilon = 0, .center = false, .scale = false});
  LayerRun run(layer, {.inputs = {{1}}}, 2);
  run.inputs[0] = tensor_of({2, 1}, {10000, Real(10000.25)});
  EXPECT_NEAR(run.forward()(0, 0), -1, 1e-4);
  EXPECT_NEAR(run.forward()(1, 0), 1, 1e-4);
}

TEST(BatchNormalization, MovesItsAveragesByTheBiasedVariance) {
  const BatchNormalization layer({.momentum = 0.75});
  LayerRun run(layer, {.inputs = {{1}}}, 2);
  run.inputs[0] = tensor_of({2, 1}, {1, 5});  // mean 3, variance 4
  run.forward();
  run.parameters = {tensor_of({1}, {7}), tensor_of({1}, {8}), tensor_of({1}, {1}),
                    tensor_of({1}, {2})};
  std::vector<View> parameters;
  for (Tensor& parameter : run.parameters) parameters.push_back(view(parameter));
  layer.update_state(run.statistics(), parameters);
  EXPECT_EQ(run.parameters[0](0), 7);
  EXPECT_EQ(run.parameters[1](0), 8);
  EXPECT_EQ(run.parameters[2](0), Real(0.75 * 1 + 0.25 * 3));
  EXPECT_EQ(run.parameters[3](0), Real(0.75 * 2 + 0.25 * 4));
}

}  // namespace
}  // namespace adjoint
