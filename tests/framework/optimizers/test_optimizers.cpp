// Steps worked by hand from the formulas in the headers.

#include <gmock/gmock.h>

#include <cmath>

#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/adamw.hpp"
#include "framework/optimizers/nadam.hpp"
#include "framework/optimizers/optimizer_settings.hpp"
#include "framework/optimizers/rmsprop.hpp"
#include "framework/optimizers/sgd.hpp"
#include "models/config/config_text.hpp"
#include "tests/support/kinds.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A weight of 1 after each of these gradients; a second one, whose gradient is 0, must stay, but
/// for a decay.
std::vector<double> steps(const Optimizer& optimizer, const std::vector<Real>& gradients,
                          double decay = 0) {
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
    optimizer.update({++step, optimizer.learning_rate()}, view(std::as_const(gradient)),
                     view(weight), views);
    weights.push_back(weight(0));
    EXPECT_NEAR(weight(1), std::pow(1 - decay, step), decay * 1e-3);
  }
  return weights;
}

void expect_steps(const Optimizer& optimizer, const std::vector<Real>& gradients,
                  const std::vector<double>& expected, double decay = 0) {
  const std::vector<double> got = steps(optimizer, gradients, decay);
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

// The following numbers come from Keras 3's formulas, evaluated in numpy.

TEST(AdamW, DecaysTheWeightBesideTheStep) {
  const AdamW adamw({{.learning_rate = 0.01}, 0.1});
  EXPECT_THAT(adamw.slots(), ElementsAre("m", "v"));
  expect_steps(adamw, {0.5, -1, 0.25, 0.1}, {0.989000063, 0.991672088, 0.992047319, 0.991664839},
               /*decay=*/0.001);
}

TEST(Nadam, StepsByTheFormula) {
  const Nadam nadam({{.learning_rate = 0.01}});
  EXPECT_THAT(nadam.slots(), ElementsAre("m", "v"));
  expect_steps(nadam, {0.5, -1, 0.25, 0.1}, {0.989372124, 0.998188780, 0.996267504, 0.995491388});
}

TEST(Nadam, KeepsToTheFormulaForAThousandSteps) {
  std::vector<Real> gradients;
  for (int t = 1; t <= 1000; ++t) gradients.push_back(static_cast<Real>(std::sin(t)));
  EXPECT_NEAR(steps(Nadam({{.learning_rate = 0.01}}), gradients).back(), 0.9827128154732415, 1e-5);
}

TEST(RmsProp, DividesByTheRootMeanSquare) {
  const RmsProp rmsprop({.learning_rate = 0.01});
  EXPECT_THAT(rmsprop.slots(), ElementsAre("v"));
  expect_steps(rmsprop, {0.5, -1, 0.25, 0.1}, {0.968377287, 0.996948704, 0.989624223, 0.986550573});
}

TEST(RmsProp, MayKeepMomentumAndTakeOffTheMean) {
  const std::vector<Real> gradients{0.5, -1, 0.25, 0.1};
  const RmsProp centered({.learning_rate = 0.01, .centered = true});
  EXPECT_THAT(centered.slots(), ElementsAre("v", "mean"));
  expect_steps(centered, gradients, {0.966666741, 0.995597598, 0.988254174, 0.985178414});
  const RmsProp moving({.learning_rate = 0.01, .rho = 0.8, .momentum = 0.5, .epsilon = 1e-3});
  EXPECT_THAT(moving.slots(), ElementsAre("v", "momentum"));
  expect_steps(moving, gradients, {0.977859628, 0.987159463, 0.986294525, 0.983412077});
  const RmsProp both({.learning_rate = 0.01, .momentum = 0.5, .centered = true});
  EXPECT_THAT(both.slots(), ElementsAre("v", "momentum", "mean"));
  expect_steps(both, gradients, {0.966666741, 0.978930968, 0.977719658, 0.974038243});
}

TEST(RmsProp, StaysFiniteWhereTheGradientIsConstant) {
  // The mean of squares is then the square of the mean, but for rounding.
  const RmsProp centered({.learning_rate = 1e-4, .centered = true});
  for (const double w : steps(centered, std::vector<Real>(300, 7))) ASSERT_TRUE(std::isfinite(w));
}

TEST(Optimizers, AreMadeFromTheirRows) {
  expect_kinds_read_back<OptimizerFamily>([](const Choice<OptimizerFamily>& kind) {
    OptimizerSettings settings{.kind = kind};
    settings.learning_rate() = 0.25;
    const auto optimizer = make_optimizer(settings);
    EXPECT_EQ(optimizer->learning_rate(), 0.25);
    std::vector<Tensor> slots(optimizer->slots().size(), make_tensor({1}, 0));
    std::vector<View> views;
    for (Tensor& slot : slots) views.push_back(view(slot));
    Tensor weight = make_tensor({1}, 1);
    const Tensor gradient = make_tensor({1}, Real(0.5));
    optimizer->update({1, optimizer->learning_rate()}, view(gradient), view(weight), views);
    EXPECT_LT(weight(0), 1);
  });
}

TEST(Optimizers, AreMadeFromTheirSettings) {
  const auto parse = [](const std::string& toml) {
    OptimizerSettings settings;
    parse_config(toml, "test", {}, settings);
    return settings;
  };
  EXPECT_EQ(parse("").kind.name(), "adam");
  const auto sgd =
      make_optimizer(parse("kind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9\nnesterov = true"));
  expect_steps(*sgd, {0.5}, {0.905});
  const auto adam = make_optimizer(parse("kind = \"adam\"\nlearning_rate = 0.01\nepsilon = 1"));
  expect_steps(*adam, {0.5}, {0.999844347});
}

}  // namespace
}  // namespace adjoint
