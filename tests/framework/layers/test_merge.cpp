// Layers that join inputs element by element, by hand.

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/layers/merge.hpp"
#include "framework/layers/rescaling.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

struct Merged {
  Tensor output;
  std::vector<Tensor> gradients;
};
/// The output for rows of numbers and the gradients for an output gradient of 1, 2, 3, ...
Merged merge(const Layer& layer, const std::vector<std::vector<Real>>& inputs) {
  const Shape shape{static_cast<Index>(inputs[0].size())};
  LayerRun run(layer, {.inputs = std::vector<Shape>(inputs.size(), shape)}, 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    run.inputs[i] = tensor_of(shape.batched(1), inputs[i]);
  }
  Merged merged{.output = run.forward(), .gradients = {}};
  Tensor ones = make_tensor(shape.batched(1));
  for (std::size_t i = 0; i < ones.size(); ++i) ones.data()[i] = static_cast<Real>(i + 1);
  merged.gradients = run.backward(ones).inputs;
  return merged;
}

TEST(Add, AddsAll) {
  const Merged m = merge(Add(), {{1, 2, 3}, {10, 20, 30}, {100, 200, 300}});
  EXPECT_THAT(m.output, ElementsAre(111, 222, 333));
  for (const Tensor& gradient : m.gradients) EXPECT_THAT(gradient, ElementsAre(1, 2, 3));
}

TEST(Subtract, TakesTheSecondFromTheFirst) {
  const Merged m = merge(Subtract(), {{1, 2, 3}, {10, 30, 20}});
  EXPECT_THAT(m.output, ElementsAre(-9, -28, -17));
  EXPECT_THAT(m.gradients[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(m.gradients[1], ElementsAre(-1, -2, -3));
}

TEST(Multiply, GivesEachFactorTheProductOfTheOthers) {
  const Merged m = merge(Multiply(), {{1, 2, 0}, {3, 4, 5}, {-1, 0, 7}});
  EXPECT_THAT(m.output, ElementsAre(-3, 0, 0));
  EXPECT_THAT(m.gradients[0], ElementsAre(-3, 0, 105));
  EXPECT_THAT(m.gradients[1], ElementsAre(-1, 0, 0));
  EXPECT_THAT(m.gradients[2], ElementsAre(3, 16, 0));
}

TEST(Average, DividesByTheNumberOfInputs) {
  const Merged m = merge(Average(), {{1, 2, 3}, {3, 6, 9}});
  EXPECT_THAT(m.output, ElementsAre(2, 4, 6));
  for (const Tensor& gradient : m.gradients) EXPECT_THAT(gradient, ElementsAre(0.5, 1, 1.5));
}

TEST(Maximum, GivesTheGradientToTheFirstOfEqualMaxima) {
  const Merged m = merge(Maximum(), {{1, 2, 3, 4}, {2, 2, 1, 5}, {0, 2, 3, 6}});
  EXPECT_THAT(m.output, ElementsAre(2, 2, 3, 6));
  EXPECT_THAT(m.gradients[0], ElementsAre(0, 2, 3, 0));
  EXPECT_THAT(m.gradients[1], ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(m.gradients[2], ElementsAre(0, 0, 0, 4));
}

TEST(Maximum, LetsNotANumberThrough) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Merged m = merge(Maximum(), {{nan, 1, 2}, {1, nan, 3}});
  EXPECT_TRUE(std::isnan(m.output.data()[0]));
  EXPECT_TRUE(std::isnan(m.output.data()[1]));
  EXPECT_EQ(m.output.data()[2], 3);
  EXPECT_THAT(m.gradients[0], ElementsAre(1, 0, 0));
  EXPECT_THAT(m.gradients[1], ElementsAre(0, 2, 3));
}

TEST(Merge, ReachesEveryElement) {
  // More than any register holds, and a rest.
  std::vector<Real> ramp(37), ones(37, 1);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<Real>(i) - 18;
  const Merged m = merge(Maximum(), {ramp, ones});
  const Merged a = merge(Add(), {ramp, ones});
  for (std::size_t i = 0; i < ramp.size(); ++i) {
    EXPECT_EQ(m.output.data()[i], std::max(ramp[i], Real{1}));
    EXPECT_EQ(m.gradients[0].data()[i], ramp[i] >= 1 ? static_cast<Real>(i + 1) : 0);
    EXPECT_EQ(a.output.data()[i], ramp[i] + 1);
  }
}

TEST(Rescaling, ScalesThenShifts) {
  const Merged m = merge(Rescaling({.scale = 0.5, .offset = -1}), {{0, 2, 8}});
  EXPECT_THAT(m.output, ElementsAre(-1, 0, 3));
  EXPECT_THAT(m.gradients[0], ElementsAre(0.5, 1, 1.5));
}

}  // namespace
}  // namespace adjoint
