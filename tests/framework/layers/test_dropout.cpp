#include "framework/layers/dropout.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

const LayerShapes kDropoutShapes{.inputs = {{20, 20, 5}}};

Tensor mask(double rate, Index batch, const RandomKey& random, std::vector<Index> shards = {}) {
  const Dropout layer({.rate = rate});
  LayerRun run(layer, kDropoutShapes, batch, std::move(shards));
  run.inputs[0].fill(1);
  run.random = random;
  return run.forward();
}

TEST(Dropout, DropsItsShareAndScalesTheRest) {
  constexpr double kRate = 0.3;
  const Tensor y = mask(kRate, 50, {.seed = 5, .purpose = Purpose::dropout});
  const auto dropped = static_cast<double>(std::ranges::count(y, Real{0}));
  const auto kept = static_cast<double>(std::ranges::count(y, static_cast<Real>(1 / (1 - kRate))));
  const double size = static_cast<double>(y.size());
  EXPECT_EQ(dropped + kept, size);
  // Five standard deviations of the binomial distribution.
  EXPECT_NEAR(dropped / size, kRate, 5 * std::sqrt(kRate * (1 - kRate) / size));
}

TEST(Dropout, IsTheIdentityForInference) {
  const Dropout layer({.rate = 0.9});
  LayerRun run(layer, kDropoutShapes, 3);
  run.mode = Mode::inference;
  EXPECT_EQ(run.forward(), run.inputs[0]);
}

TEST(Dropout, DrawsTheSameMaskHoweverTheBatchIsCut) {
  const RandomKey key{.seed = 5, .purpose = Purpose::dropout, .salt = 3, .epoch = 8};
  const Tensor whole = mask(0.5, 7, key);
  EXPECT_EQ(whole, mask(0.5, 7, key, {1, 2, 4}));
  EXPECT_EQ(whole, mask(0.5, 7, key, {6, 1}));
}

TEST(Dropout, DrawsAnotherMaskForEverySampleLayerStepAndSeed) {
  const RandomKey key{.seed = 5, .purpose = Purpose::dropout, .salt = 3, .epoch = 8};
  std::vector<Tensor> masks{mask(0.5, 1, key)};
  for (auto change : std::vector<void (*)(RandomKey&)>{
           [](RandomKey& k) { ++k.seed; }, [](RandomKey& k) { ++k.salt; },
           [](RandomKey& k) { ++k.epoch; }, [](RandomKey& k) { ++k.index; }}) {
    RandomKey other = key;
    change(other);
    masks.push_back(mask(0.5, 1, other));
  }
  for (std::size_t i = 0; i < masks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(masks[i], masks[j]) << i << " and " << j;
  }
}

TEST(Dropout, PassesTheGradientThroughTheMaskOfTheForwardRun) {
  const Dropout layer({.rate = 0.5});
  LayerRun run(layer, kDropoutShapes, 3, {1, 2});
  run.inputs[0].fill(1);
  const Tensor y = run.forward();
  const Tensor ones = make_tensor(shape_of(y), 1);
  EXPECT_EQ(run.backward(ones).inputs[0], y);
}

}  // namespace
}  // namespace adjoint
