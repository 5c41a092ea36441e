#pragma once

#include "framework/graph/plan.hpp"
#include "framework/parallel/thread_pool.hpp"

namespace adjoint {

/// Loss and penalties of a batch.
struct BatchLoss {
  double loss = 0;     // against its target, penalties included; 0 in inference
  double penalty = 0;  // the part that layers and parameters add, whatever the target
};

/// A plan that runs over whole batches: cut into shards, each taken through all of a phase by one
/// thread. The cut depends on the batch alone and sums go in shard order, so that results are the
/// same bits at any number of threads.
class ShardedPlan {
 public:
  static constexpr Index kShards = 16;
  /// Samples in every shard of a batch of that size, but the last ones.
  static constexpr Index shard_size(Index batch) { return (batch + kShards - 1) / kShards; }

  /// request.batch is the largest batch. The model must outlive this object and keep its structure;
  /// its parameters may change between runs.
  ShardedPlan(const Model& model, PlanRequest request, ThreadPool& pool);

  struct Batch {
    ConstView input;
    ConstView target = {};  // training
    /// Receives the last node's output, before an activation that the loss took over (see
    /// Plan::absorbed_activation()), unless it has no data.
    View output = {};
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
  };
  /// Runs every phase, and returns what it costs if the plan was asked for with a loss. Training
  /// leaves the shards' gradients for sum_gradients(). Allocates nothing. Throws InputError if the
  /// batch has another shape than was planned.
  BatchLoss run(const Batch& batch);

  const Plan& plan() const { return plan_; }
  ThreadPool& pool() { return pool_; }
  /// After a training run: sums each parameter's gradient over the shards, adds that of its
  /// regularizer and calls
  /// use(parameter, gradient) while it is in the cache, on any of the pool's threads.
  template <class Use>
  void sum_gradients(Use use) {
    const auto sum_and_use = [&](Index i) {
      sum_gradient(summed_[i]);
      use(summed_[i].parameter, gradient(summed_[i].parameter));
    };
    run_tasks(static_cast<Index>(summed_.size()), plan_.gradient_size() * filled_shards_,
              sum_and_use);
  }
  /// Result of sum_gradients(); no data if the parameter has no gradient.
  ConstView gradient(Index parameter) const;
  /// Takes the statistics of the last training run into the moving averages of the model's
  /// normalizing layers.
  void update_state(Model& model);

 private:
  /// A parameter with a gradient, and where its slots are in the plan.
  struct Summed {
    Index parameter;
    std::vector<Index> slots;
  };
  /// Runs tasks that pass over so many elements together; in this thread where waking others would
  /// take longer.
  template <class Task>
  void run_tasks(Index count, Index elements, Task task) {
    constexpr Index kWorthWaking = 100'000;
    if (elements < kWorthWaking) {
      for (Index i = 0; i < count; ++i) task(i);
    } else {
      pool_.run(count, [&](Index i, int) { task(i); });
    }
  }
  void pack_kernels();
  void sum_statistics();
  void sum_gradient(const Summed& summed);

  const Model& model_;
  ThreadPool& pool_;
  Index batch_;  // the largest
  Plan plan_;
  std::vector<Workspace> workspaces_;
  std::vector<ShardRun> shards_;
  Index filled_shards_ = 0;  // of the last run; the others had no samples
  AlignedVector packed_;
  AlignedVector shard_gradients_;     // kShards x gradient_size
  std::vector<Summed> summed_;        // the largest first
  std::vector<Tensor> gradients_;     // of every parameter; empty: none
  std::vector<double> partial_sums_;  // kShards x statistics_size
  std::vector<double> sums_;
  std::vector<View> state_views_;
};

}  // namespace adjoint
