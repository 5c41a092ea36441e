// Layers that are random while training, beside Dropout.

#include <gmock/gmock.h>

#include <cmath>

#include "framework/layers/dropout.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

const LayerShapes kNoiseShapes{.inputs = {{6, 5, 40}}};

/// The output of a layer for ones.
Tensor output(const Layer& layer, Index batch, std::vector<Index> shards = {},
              Mode mode = Mode::training) {
  LayerRun run(layer, kNoiseShapes, batch, std::move(shards));
  run.mode = mode;
  run.inputs[0].fill(1);
  return run.forward();
}

TEST(SpatialDropout2D, DropsWholeChannels) {
  constexpr double kRate = 0.3;
  constexpr Index kBatch = 100;
  const Tensor y = output(SpatialDropout2D({.rate = kRate}), kBatch);
  const Real kept = static_cast<Real>(1 / (1 - kRate));
  double dropped = 0;
  for (std::size_t n = 0; n < kBatch; ++n) {
    for (std::size_t c = 0; c < 40; ++c) {
      const Real first = y(n, 0, 0, c);
      ASSERT_TRUE(first == 0 || first == kept) << first;
      dropped += first == 0;
      for (std::size_t p = 0; p < 30; ++p) ASSERT_EQ(y(n, p / 5, p % 5, c), first);
    }
  }
  const double channels = kBatch * 40;
  EXPECT_NEAR(dropped / channels, kRate, 5 * std::sqrt(kRate * (1 - kRate) / channels));
}

TEST(SpatialDropout2D, TakesImagesAlone) {
  EXPECT_THROW(SpatialDropout2D({}).output_shape({.inputs = {{5}}}), InputError);
}

TEST(GaussianNoise, AddsNoiseOfItsDeviation) {
  const Tensor y = output(GaussianNoiseLayer({.stddev = 0.5}), 20);
  double sum = 0, squares = 0;
  for (const double v : y) {
    sum += v - 1;
    squares += (v - 1) * (v - 1);
  }
  const double count = static_cast<double>(y.size());
  EXPECT_NEAR(sum / count, 0, 5 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 0.25, 5 * 0.25 * std::sqrt(2 / count));
}

TEST(NoiseLayers, AreTheIdentityInInferenceAndTheSameHoweverTheBatchIsCut) {
  const SpatialDropout2D dropout({.rate = 0.5});
  const GaussianNoiseLayer noise({.stddev = 1});
  for (const Layer* layer :
       {static_cast<const Layer*>(&dropout), static_cast<const Layer*>(&noise)}) {
    SCOPED_TRACE(layer->type());
    EXPECT_EQ(output(*layer, 3, {}, Mode::inference), make_tensor({3, 6, 5, 40}, 1));
    EXPECT_EQ(output(*layer, 7), output(*layer, 7, {1, 2, 4}));
  }
}

}  // namespace
}  // namespace adjoint
