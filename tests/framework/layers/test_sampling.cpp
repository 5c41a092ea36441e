#include "framework/layers/sampling.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

const LayerShapes kSamplingShapes{.inputs = {{40}, {40}}};

/// A layer's samples for a batch of means 0 and one log variance.
Tensor drawn(Index batch, Real log_variance, std::vector<Index> shards = {}) {
  const Sampling layer({});
  LayerRun run(layer, kSamplingShapes, batch, std::move(shards));
  run.inputs[0].fill(0);
  run.inputs[1].fill(log_variance);
  return run.forward();
}

TEST(Sampling, DrawsFromTheDistributionThatItIsGiven) {
  const Sampling layer({});
  LayerRun run(layer, kSamplingShapes, 500);
  run.inputs[0].fill(3);
  run.inputs[1].fill(static_cast<Real>(std::log(4.0)));
  double sum = 0, squares = 0;
  for (const double z : run.forward()) {
    sum += z - 3;
    squares += (z - 3) * (z - 3);
  }
  const double count = 500 * 40;
  EXPECT_NEAR(sum / count, 0, 5 * 2 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 4, 5 * 4 * std::sqrt(2 / count));
}

TEST(Sampling, DrawsTheSameNumbersHoweverTheBatchIsCut) {
  EXPECT_EQ(drawn(7, 0), drawn(7, 0, {1, 2, 4}));
  const Tensor two = drawn(2, 0);
  EXPECT_NE(two(0, 0), two(1, 0));
}

TEST(Sampling, GivesTheMeanInInference) {
  const Sampling layer({});
  LayerRun run(layer, kSamplingShapes, 3);
  run.mode = Mode::inference;
  EXPECT_EQ(run.forward(), run.inputs[0]);
}

TEST(Sampling, TakesTwoInputsOfOneShape) {
  const Sampling layer({});
  EXPECT_THROW(layer.output_shape({.inputs = {{4}}}), InputError);
  EXPECT_THROW(layer.output_shape({.inputs = {{4}, {5}}}), InputError);
  EXPECT_THROW(layer.output_shape({.inputs = {{4}, {4}, {4}}}), InputError);
}

}  // namespace
}  // namespace adjoint
