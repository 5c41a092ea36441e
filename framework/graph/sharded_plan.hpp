#pragma once

#include <optional>

#include "framework/graph/gradient_sum.hpp"
#include "framework/graph/plan.hpp"
#include "framework/parallel/shard_tree.hpp"
#include "framework/parallel/thread_pool.hpp"

namespace adjoint {

/// Loss and penalties of a batch.
struct BatchLoss {
  double loss = 0;     // against its target, penalties included; 0 in inference
  double penalty = 0;  // the part that layers and parameters add, whatever the target
};

/// A plan that runs over whole batches: cut into shards, each taken through all of a phase by one
/// thread of one rank. The cut depends on the batch alone and sums go along the shards' tree, so
/// that results are the same bits at any number of threads and ranks. Where inference has fewer
/// shards than threads, these share each shard, in bands of rows that depend on shapes alone.
class ShardedPlan {
 public:
  /// request.batch is the largest batch, of all ranks together. The model must outlive this object
  /// and keep its structure; its parameters may change between runs.
  ShardedPlan(const Model& model, PlanRequest request, ThreadPool& pool,
              const Sharding& sharding = {});

  struct Batch {
    ConstView input;        // this rank's samples: see own_samples()
    ConstView target = {};  // training
    ConstView mask = {};    // of the target's pixels, where the loss counts some alone
    /// Receives the last node's output, before an activation that the loss took over (see
    /// Plan::absorbed_activation()), unless it has no data.
    View output = {};
    Index count = -1;  // samples of all ranks; -1: those of `input`
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
  };
  /// Collective if there is a loss. Runs every phase, and returns what it costs if the plan was
  /// asked for with a loss, over all ranks. Training leaves the shards' gradients for
  /// sum_gradients(). Allocates nothing. Throws InputError if the batch has another shape than was
  /// planned.
  BatchLoss run(const Batch& batch);

  const Plan& plan() const { return plan_; }
  ThreadPool& pool() { return pool_; }
  const Sharding& sharding() const { return sharding_; }
  /// Samples in every shard of a batch but the last ones.
  Index shard_size() const { return plan_.request().batch; }
  /// Positions of this rank's samples in a batch of so many.
  ShardRange own_samples(Index count) const { return samples_of(sharding_.own(), count); }
  /// Positions of a shard's samples, the shard counted from this rank's first.
  ShardRange own_shard(Index own, Index count) const {
    const Index shard = sharding_.own().first + own;
    return samples_of({shard, shard + 1}, count);
  }
  /// In training.
  GradientSum& gradients() { return *gradients_; }
  const GradientSum& gradients() const { return *gradients_; }
  /// Collective: sums the gradients of the last run.
  void sum_gradients() { gradients_->sum(); }
  /// Takes the statistics of the last training run into the moving averages of the model's
  /// normalizing layers.
  void update_state(Model& model);

 private:
  ShardRange samples_of(ShardRange shards, Index count) const {
    return {std::min(shards.first * shard_size(), count),
            std::min(shards.last * shard_size(), count)};
  }
  Index filled_shards(Index count) const { return (count + shard_size() - 1) / shard_size(); }
  void check_mask(ConstView mask, Shape target) const;
  void pack_kernels();
  void make_workspaces(Index count);
  void run_phases(Index filled);
  void run_bands(Index filled);
  void sum_statistics(Index phase);

  const Model& model_;
  ThreadPool& pool_;
  Sharding sharding_;
  Index batch_;  // the largest
  Plan plan_;
  Index most_workspaces_ = 0;
  std::vector<Workspace> workspaces_;    // as many as were needed so far
  std::vector<BandMemory> band_memory_;  // of each thread; empty where they share no shard
  std::vector<ShardRun> shards_;         // of this rank
  Index filled_shards_ = 0;  // of the last batch, over all ranks; the others had no samples
  AlignedVector packed_;
  std::optional<GradientSum> gradients_;
  std::vector<double> partial_sums_;  // of this rank's shards: statistics_size each
  std::vector<double> collected_;     // of them, what a phase has collected
  ShardSums statistics_;
  std::vector<double> sums_;  // of the statistics
  ShardSums losses_;
  std::vector<double> loss_parts_;  // of this rank's shards: with penalties, and those alone
  std::vector<View> state_views_;
};

}  // namespace adjoint
