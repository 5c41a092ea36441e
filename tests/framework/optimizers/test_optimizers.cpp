// Steps worked by hand from the formulas in the headers.

#include <gmock/gmock.h>

#include "framework/optimizers/optimizer_settings.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A weight of 1 after each of these gradients; a second one, whose gradient is 0, must stay.
std::vector<double> steps(const Optimizer& optimizer, const std::vector<Real>& gradients) {
  const Shape shape{2};
  Tensor weight = make_tensor(shape, 1);
  std::vector<Tensor> slots(optimizer.slots().size(), make_tensor(shape, 0));
  std::vector<View> views;
  for (Tensor& slot : slots) views.push_back(view(slot));
  std::vector<double> weights;
  Index step = 0;
  for (const Real g : gradients) {
    Tensor gradient = make_tensor(shape, 0);
    gradient(0) = g;
    optimizer.update(++step, view(std::as_const(gradient)), view(weight), views);
    weights.push_back(weight(0));
    EXPECT_EQ(weight(1), 1);
  }
  return weights;
}

void expect_steps(const Optimizer& optimizer, const std::vector<Real>& gradients,
                  const std::vector<double>& expected) {
  const std::vector<double> got = steps(optimizer, gradients);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-7) << i;
}

TEST(Sgd, StepsAgainstTheGradient) {
  const Sgd sgd({.learning_rate = 0.1});
  EXPECT_THAT(sgd.slots(), IsEmpty());
  expect_steps(sgd, {0.5, -1, 0.25}, {0.95, 1.05, 1.025});
}

TEST(Sgd, KeepsItsMomentum) {
  // v: -0.05, then -0.045 + 0.1 = 0.055, then 0.0495 - 0.025 = 0.0245
  const Sgd sgd({.learning_rate = 0.1, .momentum = 0.9});
  EXPECT_THAT(sgd.slots(), ElementsAre("momentum"));
  expect_steps(sgd, {0.5, -1, 0.25}, {0.95, 1.005, 1.0295});
}

TEST(Sgd, LooksAheadWithNesterov) {
  // The same v; each step is 0.9 v - 0.1 g: -0.095, 0.1495, -0.00295
  const Sgd sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  expect_steps(sgd, {0.5, -1, 0.25}, {0.905, 1.0545, 1.05155});
}

TEST(Adam, StepsByTheFormula) {
  const Adam adam({.learning_rate = 0.01});
  EXPECT_THAT(adam.slots(), ElementsAre("m", "v"));
  expect_steps(adam, {0.5, -1, 0.25}, {0.990000063, 0.993661088, 0.995027991});
}

TEST(Adam, AddsEpsilonAsKerasDoes) {
  expect_steps(Adam({.learning_rate = 0.01, .epsilon = 1}), {0.5, -1, 0.25},
               {0.999844347, 0.999969352, 1.000017115});
}

TEST(Optimizers, AreMadeFromTheirSettings) {
  const auto parse = [](const std::string& toml) {
    OptimizerSettings settings;
    parse_config(toml, "test", {}, settings);
    return make_optimizer(settings);
  };
  EXPECT_EQ(parse("")->name(), "adam");
  const auto sgd = parse("kind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9\nnesterov = true");
  expect_steps(*sgd, {0.5}, {0.905});
  expect_steps(*parse("kind = \"adam\"\nlearning_rate = 0.01\nepsilon = 1"), {0.5}, {0.999844347});
}

}  // namespace
}  // namespace adjoint
