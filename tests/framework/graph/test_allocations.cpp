// A training step and a prediction take no memory from the heap.

#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/graph/predictor.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/losses/masked_loss.hpp"
#include "framework/losses/ms_ssim.hpp"
#include "framework/losses/ssim.hpp"
#include "framework/losses/weighted_sum.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/nadam.hpp"
#include "framework/optimizers/sgd.hpp"
#include "tests/framework/graph/count_allocations.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

template <class Work>
long allocations(Work work) {
  for (int warm_up = 0; warm_up < 3; ++warm_up) work();
  const long before = allocation_count();
  for (int round = 0; round < 10; ++round) work();
  return allocation_count() - before;
}

TEST(Allocations, AreCounted) {
  EXPECT_EQ(allocations([] {}), 0);
  EXPECT_EQ(allocations([] { make_tensor({3}, 0); }) % 10, 0);
  EXPECT_GE(allocations([] { make_tensor({3}, 0); }), 10);
  EXPECT_EQ(allocations([] {
              void* volatile aligned = std::aligned_alloc(64, 64);
              std::free(aligned);
            }),
            10);
  ThreadPool pool(3);
  EXPECT_EQ(allocations([&] {
              pool.run(8, [](Index, int) {
                void* volatile memory = std::malloc(8);
                std::free(memory);
              });
            }),
            80);
}

TEST(Allocations, AreNoneInATrainingStep) {
  const BinaryCrossentropy crossentropy;
  const MeanSquaredError mse;
  const Adam adam({});
  const Sgd sgd({.momentum = 0.9});
  const Nadam nadam({});
  std::vector<WeightedSum::Term> terms;
  terms.push_back({std::make_unique<Ssim>(Ssim::Settings{.window = 3}), 0.84});
  terms.push_back({std::make_unique<MsSsim>(MsSsim::Settings{{.window = 2}, 2}), 0.16});
  const WeightedSum similarity(std::move(terms));
  const MaskedLoss masked(std::make_unique<MeanSquaredError>());
  for (Model model :
       {plain_model(), wide_model(), tangled_model(), variational_model(), residual_model()}) {
    const bool open = model.input_shape()[0] == 0;
    const Shape shape = open ? Shape{24, 16, 1} : model.input_shape();
    const Tensor whole = random_batch(37, shape, 0), part = random_batch(3, shape, 1);
    Tensor output = make_tensor(shape_of(whole));
    const Tensor mask = make_tensor({37, shape[0], shape[1], 1}, Real{1});
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const TrainingStep::Options options{.input = shape, .batch = 37};
      TrainingStep with_adam(model, crossentropy, adam, options, pool);
      TrainingStep with_sgd(model, mse, sgd, options, pool);
      TrainingStep with_similarity(model, similarity, adam, options, pool);
      TrainingStep with_mask(model, masked, adam, options, pool);
      const TrainingStep::Options kept{
          .input = shape, .batch = 37, .accumulate = 2, .clip_norm = 0.01, .average_momentum = 0.9};
      TrainingStep with_totals(model, mse, nadam, kept, pool);
      EXPECT_EQ(allocations([&] {
                  with_totals.add(view(whole), view(whole));
                  with_totals.run(view(part), view(part));
                  with_similarity.run(view(whole), view(whole));
                  with_mask.run(view(whole), view(whole), {}, -1, view(mask));
                  with_adam.run(view(whole), view(whole), view(output));
                  with_sgd.run(view(part), view(part));
                }),
                0)
          << model.nodes()[1].name << ", " << threads << " threads";
    }
  }
}

TEST(Allocations, AreNoneInAPrediction) {
  for (const Model& model : {plain_model(), wide_model(), tangled_model()}) {
    const Tensor images = random_batch(37, model.input_shape(), 0);
    Tensor output = make_tensor(shape_of(images));
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      Predictor predictor(model, {.batch = 16}, pool);
      EXPECT_EQ(allocations([&] { predictor.run(view(images), view(output)); }), 0);
    }
  }
}

TEST(Allocations, AreNoneWhereThreadsShareAnImage) {
  const Model model = banded_model();
  const Tensor images = random_batch(2, model.input_shape(), 0);
  Tensor output = make_tensor(shape_of(images));
  ThreadPool pool(3);
  Predictor predictor(model, {.batch = 1}, pool);
  output = predictor(view(images));
  EXPECT_EQ(allocations([&] { predictor.run(view(images), view(output)); }), 0);
}

}  // namespace
}  // namespace adjoint
