#include "framework/graph/predictor.hpp"

#include <gmock/gmock.h>

#include <map>

#include "framework/tensor/error.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Predictor, GivesTheSameThroughTheLatentNode) {
  const Model model = plain_model();
  ThreadPool pool(2);
  const Tensor images = random_batch(11, {12, 8, 2}, 0);
  const Tensor whole = Predictor(model, {.batch = 4}, pool)(view(images));
  Predictor encode(model, {.batch = 4, .to = model.latent()}, pool);
  Predictor decode(model, {.batch = 3, .from = model.latent()}, pool);
  EXPECT_EQ(encode.output_shape(), (Shape{3, 2, 6}));
  EXPECT_EQ(decode.input_shape(), (Shape{3, 2, 6}));
  const Tensor code = encode(view(images));
  EXPECT_EQ(decode(view(code)), whole);
}

TEST(Predictor, DoesNotDependOnTheBatchSize) {
  const Model model = tangled_model();
  ThreadPool pool(3);
  const Tensor images = random_batch(19, {9, 7, 2}, 0);
  const Tensor one_by_one = Predictor(model, {.batch = 1}, pool)(view(images));
  for (const Index batch : {2, 7, 19, 64}) {
    const Tensor output = Predictor(model, {.batch = batch}, pool)(view(images));
    for (std::size_t i = 0; i < output.size(); ++i) {
      ASSERT_NEAR(output.data()[i], one_by_one.data()[i], 1e-6);
    }
  }
  EXPECT_EQ(Predictor(model, {}, pool)(view(images).slice(0, 0)).size(), 0U);
}

TEST(Predictor, RunsOnMoreThreadsThanThereAreShards) {
  const Model model = plain_model();
  ThreadPool alone(1), many(4 * Sharding::kDefault);
  const Tensor images = random_batch(64, {12, 8, 2}, 0);
  const Tensor expected = Predictor(model, {.batch = 64}, alone)(view(images));
  Predictor predictor(model, {.batch = 64}, many);
  // Chance decides which threads take the shards: one of the last ones is soon among them.
  for (int repeat = 0; repeat < 100; ++repeat) ASSERT_EQ(predictor(view(images)), expected);
}

TEST(Predictor, SharesAnImageAmongThreadsToTheSameBits) {
  const Model model = banded_model();
  const Tensor images = random_batch(5, {96, 104, 3}, 0);
  ThreadPool alone(1);
  const Tensor expected = Predictor(model, {.batch = 16}, alone)(view(images));
  for (const int threads : {1, 2, 3, 7, 40}) {
    ThreadPool pool(threads);
    for (const Index batch : {1, 2, 5, 40}) {
      EXPECT_EQ(Predictor(model, {.batch = batch}, pool)(view(images)), expected)
          << threads << " threads, batches of " << batch;
    }
  }
}

TEST(Predictor, CutsLargeLayersIntoBands) {
  const Model model = banded_model();
  const Plan plan(model, {.input = {96, 104, 3}});
  std::map<std::string, Index> bands;
  for (const Plan::Step& step : plan.steps()) bands[model.nodes()[step.node].name] = step.bands;
  // Convolutions: a band for each 2^20 multiply-adds, 48x52x540 = 1.3 and 24x26x4320 = 2.6 of them.
  EXPECT_EQ(bands["enc1"], 1);
  EXPECT_EQ(bands["enc2"], 2);
  // Others: a band for each 2^15 elements, of which 48x52x20 are 1 and 96x104x40 are 12.
  EXPECT_EQ(bands["norm"], 1);
  EXPECT_EQ(bands["large"], 12);
}

TEST(Predictor, AppliesTheLastActivation) {
  Model model({2});
  model.add({.name = "out",
             .layer = layer<Dense>({.units = 2, .use_bias = false}),
             .activation = {ActivationKind::relu}});
  std::ranges::copy(std::array<Real, 4>{1, 2, 3, -4}, model.parameters()[0].value.begin());
  ThreadPool pool(1);
  Tensor x = make_tensor({1, 2}, 1);
  EXPECT_THAT(Predictor(model, {}, pool)(view(std::as_const(x))), testing::ElementsAre(4, 0));
}

TEST(Predictor, RefusesToStartBehindASkip) {
  const Model model = tangled_model();
  ThreadPool pool(1);
  EXPECT_THAT([&] { Predictor(model, {.from = model.latent()}, pool); },
              ThrowsMessage<InputError>(
                  "\"dec1\" cannot be run from \"code\" alone: it also needs \"norm1\", which lies "
                  "before it"));
}

TEST(Predictor, PassesOnWhatStandsAtTheEndAlready) {
  Model model = plain_model();
  model.set_latent("dec2");
  ThreadPool pool(2);
  const Tensor images = random_batch(3, {12, 8, 2}, 0);
  EXPECT_EQ(Predictor(model, {.from = model.latent()}, pool)(view(images)), images);
}

TEST(Predictor, TakesAnySizeWhereTheModelDoes) {
  const Model model = residual_model();
  ThreadPool pool(1);
  Predictor predictor(model, {.input = {8, 20, 1}}, pool);
  const Tensor images = random_batch(2, {8, 20, 1}, 0);
  EXPECT_EQ(shape_of(predictor(view(images))), (Shape{2, 8, 20, 1}));
  const Tensor other = random_batch(2, {20, 8, 1}, 0);
  EXPECT_THAT([&] { predictor(view(other)); },
              ThrowsMessage<InputError>(HasSubstr("samples of 8x20x1, got 2x20x8x1")));
}

}  // namespace
}  // namespace adjoint
