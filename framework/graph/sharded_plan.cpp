#include "framework/graph/sharded_plan.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

PlanRequest per_shard(PlanRequest request) {
  request.batch = ShardedPlan::shard_size(request.batch);
  return request;
}

}  // namespace

ShardedPlan::ShardedPlan(const Model& model, PlanRequest request, ThreadPool& pool)
    : model_(model),
      pool_(pool),
      batch_(request.batch),
      plan_(model, per_shard(std::move(request))),
      shards_(kShards) {
  // With one phase a thread finishes a shard before it takes the next, and reuses its workspace
  // while that is in its cache. With several, shards wait for each other and each keeps its own.
  const bool one_phase = plan_.phases().size() == 1;
  const Index workspaces = one_phase ? std::min<Index>(pool.size(), kShards) : kShards;
  for (Index i = 0; i < workspaces; ++i) workspaces_.push_back(plan_.make_workspace());
  packed_.resize(static_cast<std::size_t>(plan_.packed_size()));
  shard_gradients_.resize(static_cast<std::size_t>(plan_.gradient_size() * kShards));
  gradients_.resize(model.parameters().size());
  for (Index p = 0; p < static_cast<Index>(gradients_.size()); ++p) {
    Summed summed{.parameter = p};
    for (std::size_t i = 0; i < plan_.gradient_slots().size(); ++i) {
      if (plan_.gradient_slots()[i].parameter == p) summed.slots.push_back(static_cast<Index>(i));
    }
    if (summed.slots.empty()) continue;
    gradients_[p] = make_tensor(shape_of(model.parameters()[p].value), 0);
    summed_.push_back(std::move(summed));
  }
  std::ranges::stable_sort(summed_, std::ranges::greater{},
                           [&](const Summed& s) { return gradients_[s.parameter].size(); });
  sums_.resize(static_cast<std::size_t>(plan_.statistics_size()));
  partial_sums_.resize(sums_.size() * kShards);
  state_views_.resize(workspaces_[0].parameters.size());
}

BatchLoss ShardedPlan::run(const Batch& batch) {
  const Index count = batch.input.shape[0];
  if (!(batch.input.shape.sample() == plan_.input_shape()) || count > batch_) {
    throw InputError("the plan takes up to {} samples of {}, got {}", batch_,
                     to_string(plan_.input_shape()), to_string(batch.input.shape));
  }
  const Shape target = plan_.output_shape().batched(count);
  if (plan_.request().mode == Mode::training && !(batch.target.shape == target)) {
    throw InputError("the model expected a target of {}, got {}", to_string(target),
                     to_string(batch.target.shape));
  }
  pack_kernels();
  filled_shards_ = (count + plan_.request().batch - 1) / plan_.request().batch;
  for (Index s = 0; s < kShards; ++s) {
    // All shards but the last are of the size that the engines were prepared for.
    const Index first = std::min(s * plan_.request().batch, count);
    const Index last = std::min(first + plan_.request().batch, count);
    shards_[s] = {
        .input = batch.input.slice(first, last - first),
        .target = batch.target ? batch.target.slice(first, last - first) : ConstView{},
        .output = batch.output ? batch.output.slice(first, last - first) : View{},
        .batch_elements = batch.target.size(),
        .batch = count,
        .first_sample = first,
        .seed = batch.seed,
        .step = batch.step,
        .gradients = shard_gradients_.data() + s * plan_.gradient_size(),
        .packed = packed_.data(),
        .partial_sums = partial_sums_.data() + s * plan_.statistics_size(),
        .sums = sums_.data(),
    };
  }
  const Index phases = static_cast<Index>(plan_.phases().size());
  for (Index phase = 0; phase < phases; ++phase) {
    pool_.run(filled_shards_, [&](Index s, int worker) {
      ShardRun& shard = shards_[s];
      // There are at most as many workspaces as shards, and a pool may have more threads.
      const bool by_worker = phases == 1 && pool_.size() <= kShards;
      shard.workspace = &workspaces_[by_worker ? worker : s];
      plan_.run(phase, shard);
    });
    if (phase + 1 < phases) sum_statistics();
  }
  if (!plan_.request().loss) return {};
  BatchLoss result;
  for (const ShardRun& shard : shards_) {
    result.loss += shard.loss + shard.penalty;
    result.penalty += shard.penalty;
  }
  for (const Parameter& parameter : model_.parameters()) {
    if (!parameter.regularizer || !parameter.trainable) continue;
    const double added = penalty(parameter.regularizer, view(parameter.value));
    result.loss += added;
    result.penalty += added;
  }
  if (plan_.request().mode == Mode::inference) result.loss = 0;
  return result;
}

void ShardedPlan::sum_statistics() {
  std::ranges::fill(sums_, 0.0);
  for (const ShardRun& shard : shards_) {
    if (shard.input.shape[0] == 0) continue;
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += shard.partial_sums[i];
  }
}

void ShardedPlan::pack_kernels() {
  if (packed_.empty()) return;
  const auto pack = [&](Index s) { plan_.pack_kernel(plan_.steps()[s], packed_.data()); };
  run_tasks(static_cast<Index>(plan_.steps().size()), plan_.packed_size(), pack);
}

void ShardedPlan::sum_gradient(const Summed& summed) {
  const View total = view(gradients_[summed.parameter]);
  for (Index number : summed.slots) {
    const Plan::GradientSlot& slot = plan_.gradient_slots()[number];
    const auto of_shard = [&](Index s) {
      return View(shard_gradients_.data() + s * plan_.gradient_size() + slot.offset, {slot.size});
    };
    const View sum = of_shard(0);
    for (Index s = 1; s < filled_shards_; ++s) add(of_shard(s), sum);
    const bool first = number == summed.slots.front();
    // The last shard's share was added, so that its place is free.
    const View gradient = first ? total : View(of_shard(kShards - 1).data, total.shape);
    if (slot.packing) {
      slot.packing->unpack(sum.data, gradient.data);
    } else {
      std::ranges::copy(sum.flat(), gradient.data);
    }
    if (!first) add(gradient, total);
  }
  const Parameter& parameter = model_.parameters()[summed.parameter];
  if (parameter.regularizer) {
    add_penalty_gradient(parameter.regularizer, 1, view(parameter.value), total);
  }
}

ConstView ShardedPlan::gradient(Index parameter) const {
  const Tensor& gradient = gradients_[parameter];
  return gradient.dimension() == 0 ? ConstView() : view(gradient);
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
