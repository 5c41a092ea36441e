#include "framework/graph/sharded_plan.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

PlanRequest per_shard(PlanRequest request) {
  request.batch = (request.batch + ShardedPlan::kShards - 1) / ShardedPlan::kShards;
  return request;
}

}  // namespace

ShardedPlan::ShardedPlan(const Model& model, PlanRequest request, ThreadPool& pool)
    : model_(model), pool_(pool), plan_(model, per_shard(std::move(request))), shards_(kShards) {
  // With one phase a thread finishes a shard before it takes the next, and reuses its workspace
  // while that is in its cache. With several, shards wait for each other and each keeps its own.
  const bool one_phase = plan_.phases().size() == 1;
  const Index workspaces = one_phase ? std::min<Index>(pool.size(), kShards) : kShards;
  for (Index i = 0; i < workspaces; ++i) workspaces_.push_back(plan_.make_workspace());
  gradients_.resize(static_cast<std::size_t>(plan_.gradient_size()));
  shard_gradients_.resize(gradients_.size() * kShards);
  sums_.resize(static_cast<std::size_t>(plan_.statistics_size()));
  partial_sums_.resize(sums_.size() * kShards);
  state_views_.resize(workspaces_[0].parameters.size());
}

double ShardedPlan::run(const Batch& batch) {
  const Index count = batch.input.shape[0];
  if (!(batch.input.shape.sample() == plan_.input_shape()) ||
      count > kShards * plan_.request().batch) {
    throw InputError("the plan takes up to {} samples of {}, got {}",
                     kShards * plan_.request().batch, to_string(plan_.input_shape()),
                     to_string(batch.input.shape));
  }
  const Shape target = plan_.output_shape().batched(count);
  if (plan_.request().mode == Mode::training && !(batch.target.shape == target)) {
    throw InputError("the model expected a target of {}, got {}", to_string(target),
                     to_string(batch.target.shape));
  }
  for (Index s = 0; s < kShards; ++s) {
    const Index first = count * s / kShards, last = count * (s + 1) / kShards;
    shards_[s] = {
        .input = batch.input.slice(first, last - first),
        .target = batch.target ? batch.target.slice(first, last - first) : ConstView{},
        .batch_elements = batch.target.size(),
        .first_sample = first,
        .seed = batch.seed,
        .step = batch.step,
        .gradients = shard_gradients_.data() + s * plan_.gradient_size(),
        .partial_sums = partial_sums_.data() + s * plan_.statistics_size(),
        .sums = sums_.data(),
    };
  }
  const Index phases = static_cast<Index>(plan_.phases().size());
  for (Index phase = 0; phase < phases; ++phase) {
    pool_.run(kShards, [&](Index s, int worker) {
      ShardRun& shard = shards_[s];
      if (shard.input.shape[0] == 0) return;
      shard.workspace = &workspaces_[phases == 1 ? worker : s];
      plan_.run(phase, shard);
      if (batch.output && phase == phases - 1) {
        std::ranges::copy(plan_.output(shard).flat(),
                          batch.output.slice(shard.first_sample, shard.input.shape[0]).data);
      }
    });
    if (phase + 1 < phases) sum_statistics();
  }
  if (plan_.request().mode == Mode::inference) return 0;
  sum_gradients();
  double loss = 0;
  for (const ShardRun& shard : shards_) loss += shard.loss;
  return loss;
}

void ShardedPlan::sum_statistics() {
  std::ranges::fill(sums_, 0.0);
  for (const ShardRun& shard : shards_) {
    if (shard.input.shape[0] == 0) continue;
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += shard.partial_sums[i];
  }
}

void ShardedPlan::sum_gradients() {
  constexpr Index kBlock = 8192;
  const Index size = plan_.gradient_size();
  pool_.run((size + kBlock - 1) / kBlock, [&](Index block, int) {
    const Index first = block * kBlock, last = std::min(first + kBlock, size);
    std::fill(gradients_.begin() + first, gradients_.begin() + last, Real{0});
    for (const ShardRun& shard : shards_) {
      if (shard.input.shape[0] == 0) continue;
      for (Index i = first; i < last; ++i) gradients_[i] += shard.gradients[i];
    }
  });
}

ConstView ShardedPlan::gradient(Index parameter) const {
  const Shape shape = shape_of(model_.parameters()[parameter].value);
  const Index offset = plan_.gradient_offset(parameter);
  return {offset < 0 ? nullptr : gradients_.data() + offset, shape};
}

void ShardedPlan::update_state(Model& model) {
  for (const Plan::Step& step : plan_.steps()) {
    if (step.statistics < 0) continue;
    const Node& node = model.nodes()[step.node];
    for (std::size_t i = 0; i < node.parameters.size(); ++i) {
      state_views_[i] = view(model.parameters()[node.parameters[i]].value);
    }
    node.layer->update_state(std::span(sums_).subspan(step.statistics, step.statistics_count),
                             std::span(state_views_).first(node.parameters.size()));
  }
}

Index ShardedPlan::arena_elements() const {
  return static_cast<Index>(workspaces_.size()) * plan_.arena_size();
}

}  // namespace adjoint
