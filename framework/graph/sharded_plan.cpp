#include "framework/graph/sharded_plan.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

PlanRequest per_shard(PlanRequest request, const Sharding& sharding) {
  request.batch = sharding.shard_size(request.batch);
  return request;
}

}  // namespace

ShardedPlan::ShardedPlan(const Model& model, PlanRequest request, ThreadPool& pool,
                         const Sharding& sharding)
    : model_(model),
      pool_(pool),
      sharding_(sharding),
      batch_(request.batch),
      plan_(model, per_shard(std::move(request), sharding)),
      shards_(static_cast<std::size_t>(sharding.own().size())),
      statistics_(sharding, plan_.statistics_size()),
      losses_(sharding, 2) {
  // With one phase a thread finishes a shard before it takes the next, and reuses its workspace
  // while that is in its cache. With several, shards wait for each other and each keeps its own.
  const Index own = std::max<Index>(filled_shards(own_samples(batch_).size()), 1);
  const bool one_phase = plan_.phases().size() == 1;
  most_workspaces_ = one_phase ? std::min<Index>(pool.size(), own) : own;
  const bool shares = plan_.request().mode == Mode::inference && !plan_.request().loss &&
                      pool.size() > 1 && plan_.most_bands() > 1;
  for (int i = 0; shares && i < pool.size(); ++i) band_memory_.push_back(plan_.make_band_memory());
  packed_.resize(static_cast<std::size_t>(plan_.packed_size()));
  if (plan_.request().mode == Mode::training) {
    make_workspaces(most_workspaces_);
    gradients_.emplace(model, plan_, sharding, pool);
  }
  sums_.resize(static_cast<std::size_t>(plan_.statistics_size()));
  partial_sums_.resize(sums_.size() * shards_.size());
  collected_.resize(partial_sums_.size());
  loss_parts_.resize(2 * shards_.size());
  for (const Node& node : model.nodes())
    state_views_.resize(std::max(state_views_.size(), node.parameters.size()));
}

BatchLoss ShardedPlan::run(const Batch& batch) {
  const Index count = batch.count < 0 ? batch.input.shape[0] : batch.count;
  const bool training = plan_.request().mode == Mode::training;
  const ShardRange own = own_samples(count);
  if (!(batch.input.shape == plan_.input_shape().batched(own.size())) || count > batch_) {
    throw InputError("the plan takes up to {} samples of {}, got {}", batch_,
                     to_string(plan_.input_shape()), to_string(batch.input.shape));
  }
  const Shape target = plan_.output_shape().batched(own.size());
  if (training && !(batch.target.shape == target)) {
    throw InputError("the model expected a target of {}, got {}", to_string(target),
                     to_string(batch.target.shape));
  }
  if (batch.mask) check_mask(batch.mask, target);
  pack_kernels();
  filled_shards_ = filled_shards(count);
  // Those without samples add nothing.
  std::ranges::fill(partial_sums_, 0.0);
  Index filled = 0;
  for (Index s = 0; s < static_cast<Index>(shards_.size()); ++s) {
    // All shards but the last are of the size that the engines were prepared for.
    const ShardRange samples = own_shard(s, count);
    const Index first = samples.first - own.first;
    if (samples.size() > 0) ++filled;
    shards_[s] = {
        .watch = training ? gradients_->watch() : nullptr,
        .input = batch.input.slice(first, samples.size()),
        .target = batch.target ? batch.target.slice(first, samples.size()) : ConstView{},
        .mask = batch.mask ? batch.mask.slice(first, samples.size()) : ConstView{},
        .output = batch.output ? batch.output.slice(first, samples.size()) : View{},
        .batch_elements = count * plan_.output_shape().size(),
        .batch = count,
        .first_sample = samples.first,
        .seed = batch.seed,
        .step = batch.step,
        .gradients = training ? gradients_->shard(s) : nullptr,
        .packed = packed_.data(),
        .partial_sums = partial_sums_.data() + s * plan_.statistics_size(),
        .sums = sums_.data(),
    };
  }
  if (training) gradients_->begin(filled_shards_);
  const bool few = filled < static_cast<Index>(band_memory_.size());
  if (few)
    run_bands(filled);
  else
    run_phases(filled);
  if (!plan_.request().loss) return {};
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    loss_parts_[2 * s] = shards_[s].loss + shards_[s].penalty;
    loss_parts_[2 * s + 1] = shards_[s].penalty;
  }
  const std::span<const double> sums = losses_.sum(loss_parts_);
  BatchLoss result{.loss = sums[0], .penalty = sums[1]};
  for (const Parameter& parameter : model_.parameters()) {
    if (!parameter.regularizer || !parameter.trainable) continue;
    const double added = penalty(parameter.regularizer, view(parameter.value));
    result.loss += added;
    result.penalty += added;
  }
  if (!training) result.loss = 0;
  return result;
}

/// Makes so many, as far as they are missing: a single image takes one, whatever the largest batch.
void ShardedPlan::make_workspaces(Index count) {
  while (static_cast<Index>(workspaces_.size()) < count)
    workspaces_.push_back(plan_.make_workspace());
}

void ShardedPlan::run_phases(Index filled) {
  make_workspaces(most_workspaces_);
  const bool training = plan_.request().mode == Mode::training;
  const Index phases = static_cast<Index>(plan_.phases().size());
  for (Index phase = 0; phase < phases; ++phase) {
    pool_.run(filled, [&](Index s, int worker) {
      ShardRun& shard = shards_[s];
      // There are at most as many workspaces as filled shards, and a pool may have more threads.
      const bool by_worker = phases == 1 && pool_.size() <= static_cast<int>(workspaces_.size());
      shard.workspace = &workspaces_[by_worker ? worker : s];
      shard.worker = worker;
      plan_.run(phase, shard);
      if (training && phase + 1 == phases) gradients_->finish_shard(s, worker);
    });
    if (phase + 1 < phases) sum_statistics(phase);
  }
}

/// One instruction after the other, the bands of all shards side by side.
void ShardedPlan::run_bands(Index filled) {
  make_workspaces(filled);
  for (Index s = 0; s < filled; ++s) shards_[s].workspace = &workspaces_[s];
  for (const Plan::Instruction& instruction : plan_.phases()[0]) {
    if (filled == 0) break;
    // The first shard has the most samples.
    const Index bands = plan_.bands(instruction, shards_[0].input.shape[0]);
    pool_.run(filled * bands, [&](Index task, int worker) {
      plan_.run_band(instruction, task % bands, band_memory_[worker], shards_[task / bands]);
    });
  }
  for (Index s = 0; s < filled; ++s) plan_.hand_out(shards_[s]);
}

void ShardedPlan::check_mask(ConstView mask, Shape target) const {
  const Loss* loss = plan_.request().loss;
  if (!loss || !loss->takes_mask())
    throw InputError("a mask of pixels was given, and the loss heeds none; take a MaskedLoss");
  target[-1] = 1;
  if (mask.shape == target) return;
  throw InputError("the loss expected a mask of {}, got {}", to_string(target),
                   to_string(mask.shape));
}

/// What the phase has collected of each shard becomes sums over the batch.
void ShardedPlan::sum_statistics(Index phase) {
  for (const Plan::Instruction& instruction : plan_.phases()[phase]) {
    const bool forward = instruction.kind == Plan::Instruction::Kind::collect;
    if (!forward && instruction.kind != Plan::Instruction::Kind::collect_gradient) continue;
    const Plan::Step& step = plan_.steps()[instruction.step];
    const Index count = step.statistics_count, first = step.statistics + (forward ? 0 : count);
    for (std::size_t s = 0; s < shards_.size(); ++s)
      std::copy_n(shards_[s].partial_sums + first, count, collected_.data() + s * count);
    const auto collected =
        std::span(collected_).first(shards_.size() * static_cast<std::size_t>(count));
    std::ranges::copy(statistics_.sum(collected), sums_.begin() + first);
  }
}

void ShardedPlan::pack_kernels() {
  if (packed_.empty()) return;
  run_tasks(pool_, static_cast<Index>(plan_.steps().size()), plan_.packed_size(),
            [&](Index s) { plan_.pack_kernel(plan_.steps()[s], packed_.data()); });
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

}  // namespace adjoint
