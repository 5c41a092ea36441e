#include "framework/graph/plan.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "framework/graph/sharded_plan.hpp"
#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/tensor/error.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct NamedModel {
  std::string name;
  Model model;
  Shape input;
};
std::vector<NamedModel> models() {
  return {{"plain", plain_model(), {12, 8, 2}},
          {"tangled", tangled_model(), {9, 7, 2}},
          {"variational", variational_model(), {6, 4, 2}},
          {"residual", residual_model(), {24, 16, 1}},
          {"merging", merging_model(), {4, 5, 2}}};
}

TEST(Plan, KeepsBuffersApartThatLiveTogether) {
  const MeanSquaredError loss;
  for (const NamedModel& m : models()) {
    for (const Mode mode : {Mode::training, Mode::inference}) {
      SCOPED_TRACE(m.name);
      const Plan plan(m.model, {.mode = mode, .input = m.input, .batch = 3, .loss = &loss});
      for (const Buffer& a : plan.buffers()) {
        EXPECT_LE(a.offset + a.size, plan.arena_size());
        for (const Buffer& b : plan.buffers()) {
          if (&a == &b || a.first > b.last || b.first > a.last) continue;
          EXPECT_TRUE(a.offset + a.size <= b.offset || b.offset + b.size <= a.offset)
              << a.name << " and " << b.name;
        }
      }
      EXPECT_LE(static_cast<double>(plan.arena_size()),
                1.2 * static_cast<double>(peak_demand(plan.buffers())));
    }
  }
}

TEST(Plan, ReusesMemoryThatNobodyReadsAgain) {
  const Model model = plain_model();
  const Plan plan(model, {.input = {12, 8, 2}, .batch = 3});
  Index sum = 0;
  for (const Buffer& buffer : plan.buffers()) sum += buffer.size;
  EXPECT_LT(plan.arena_size(), sum);
}

TEST(Plan, AddsOverAnInputThatNobodyReadsAgain) {
  const Model model = merging_model();
  const MeanSquaredError loss;
  const auto in_place = [&](Mode mode) {
    const Plan plan(model, {.mode = mode, .input = {4, 5, 2}, .batch = 3, .loss = &loss});
    std::set<std::string> names;
    for (const Plan::Step& step : plan.steps()) {
      if (step.in_place) names.insert(model.nodes()[step.node].name);
    }
    return names;
  };
  EXPECT_EQ(in_place(Mode::inference), (std::set<std::string>{"sum", "difference", "again"}));
  // The gradient of tanh needs what "left" gave.
  EXPECT_EQ(in_place(Mode::training), (std::set<std::string>{"difference", "again"}));
}

TEST(Plan, LetsTheLossTakeOverTheLastActivation) {
  const Model model = plain_model();
  const BinaryCrossentropy crossentropy;
  const MeanSquaredError mse;
  const PlanRequest request{.mode = Mode::training, .input = {12, 8, 2}};
  PlanRequest with_crossentropy = request, with_mse = request;
  with_crossentropy.loss = &crossentropy;
  with_mse.loss = &mse;
  EXPECT_EQ(Plan(model, with_crossentropy).absorbed_activation().kind, ActivationKind::sigmoid);
  EXPECT_EQ(Plan(model, with_mse).absorbed_activation().kind, ActivationKind::linear);
}

/// Output, loss and gradients of one shard, run over an arena full of `filling`.
struct Numbers {
  std::vector<Real> output, gradients;
  double loss;
  bool operator==(const Numbers&) const = default;
};
Numbers run_over(Real filling) {
  const Model model = plain_model();
  const MeanSquaredError loss;
  const Plan plan(model, {.mode = Mode::training, .input = {12, 8, 2}, .batch = 3, .loss = &loss});
  Workspace workspace = plan.make_workspace();
  std::ranges::fill(workspace.arena, filling);
  const Tensor batch = random_batch(3, {12, 8, 2}, 0);
  std::vector<Real> memory(static_cast<std::size_t>(plan.gradient_size()), filling);
  std::vector<Real> packed(static_cast<std::size_t>(plan.packed_size()), filling);
  for (const Plan::Step& step : plan.steps()) plan.pack_kernel(step, packed.data());
  Tensor output = make_tensor(plan.output_shape().batched(3), filling);
  ShardRun run{.workspace = &workspace,
               .input = view(batch),
               .target = view(batch),
               .output = view(output),
               .batch_elements = static_cast<Index>(batch.size()),
               .gradients = memory.data(),
               .packed = packed.data()};
  plan.run(0, run);
  std::vector<Real> gradients;
  for (const Plan::GradientSlot& slot : plan.gradient_slots()) {
    gradients.insert(gradients.end(), memory.begin() + slot.offset,
                     memory.begin() + slot.offset + slot.size);
  }
  return {{output.begin(), output.end()}, gradients, run.loss};
}

TEST(Plan, DoesNotDependOnWhatTheArenaHeld) {
  const Numbers expected = run_over(0);
  EXPECT_EQ(run_over(Real(1e30)), expected);
  EXPECT_EQ(run_over(std::numeric_limits<Real>::quiet_NaN()), expected);
}

TEST(ShardedPlan, GivesTheSameBitsEveryTime) {
  const BinaryCrossentropy loss;
  for (const NamedModel& m : models()) {
    SCOPED_TRACE(m.name);
    ThreadPool pool(2);
    ShardedPlan plan(m.model,
                     {.mode = Mode::training, .input = m.input, .batch = 21, .loss = &loss}, pool);
    const Tensor batch = random_batch(21, m.input, 0), other = random_batch(5, m.input, 1);
    const auto run = [&](const Tensor& data) {
      const double value = plan.run({.input = view(data), .target = view(data), .seed = 3}).loss;
      plan.sum_gradients();
      std::vector<Real> numbers{static_cast<Real>(value)};
      for (Index p = 0; p < static_cast<Index>(m.model.parameters().size()); ++p) {
        const ConstView gradient = plan.gradients().gradient(p);
        numbers.insert(numbers.end(), gradient.flat().begin(), gradient.flat().end());
      }
      return numbers;
    };
    const std::vector<Real> first = run(batch);
    for (const Real x : first) ASSERT_TRUE(std::isfinite(x));
    EXPECT_EQ(run(batch), first);
    const std::vector<Real> small = run(other);  // leaves shards without samples
    EXPECT_EQ(run(batch), first);
    EXPECT_EQ(run(other), small);
  }
}

TEST(ShardedPlan, DropsOtherValuesInEverySample) {
  Model model({64});
  model.add({.name = "drop", .layer = layer<Dropout>({})});
  const MeanSquaredError loss;
  ThreadPool pool(2);
  ShardedPlan plan(model, {.mode = Mode::training, .input = {64}, .batch = 20, .loss = &loss},
                   pool);
  const Tensor ones = make_tensor({20, 64}, 1);
  Tensor output = make_tensor({20, 64});
  plan.run({.input = view(ones), .target = view(ones), .output = view(output)});
  std::set<std::vector<Real>> samples;
  for (Index n = 0; n < 20; ++n) {
    const auto sample = view(output).slice(n, 1).flat();
    samples.emplace(sample.begin(), sample.end());
  }
  EXPECT_EQ(samples.size(), 20U);
}

TEST(ShardedPlan, RefusesABatchThatWasNotPlanned) {
  const Model model = plain_model();
  const MeanSquaredError loss;
  ThreadPool pool(1);
  ShardedPlan plan(model, {.mode = Mode::training, .input = {12, 8, 2}, .batch = 8, .loss = &loss},
                   pool);
  const auto run = [&](const Shape& input, const Shape& target) {
    const Tensor x = make_tensor(input, 0), t = make_tensor(target, 0);
    return [&plan, x, t] { plan.run({.input = view(x), .target = view(t)}); };
  };
  EXPECT_THAT(run({9, 12, 8, 2}, {9, 12, 8, 2}),
              ThrowsMessage<InputError>(HasSubstr("up to 8 samples of 12x8x2, got 9x12x8x2")));
  EXPECT_THAT(run({2, 8, 12, 2}, {2, 8, 12, 2}),
              ThrowsMessage<InputError>(HasSubstr("samples of 12x8x2, got 2x8x12x2")));
  const auto target = ThrowsMessage<InputError>(HasSubstr("expected a target of 2x12x8x2, got"));
  EXPECT_THAT(run({2, 12, 8, 2}, {2, 12, 8, 1}), target);
  EXPECT_THAT(run({2, 12, 8, 2}, {1, 12, 8, 2}), target);
}

}  // namespace
}  // namespace adjoint
