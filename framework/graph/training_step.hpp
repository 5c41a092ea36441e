#pragma once

#include "framework/graph/optimizer_state.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/optimizers/optimizer.hpp"

namespace adjoint {

/// One step of training: forward, loss, backward, update. With several ranks each takes its shards
/// of a batch and updates its slices of the parameters (see FlatParameters), so that it also keeps
/// the optimizer's state of those alone.
class TrainingStep {
 public:
  struct Options {
    Shape input = {};  // of one sample; empty means the model's own
    Index batch = 32;
    std::uint64_t seed = 0;
    ConvolutionOptions convolution = {};
    /// The most batches between two updates; see add().
    Index accumulate = 1;
    /// Bounds of the gradient's elements and of the norm of all of it; 0: none.
    double clip_value = 0;
    double clip_norm = 0;
    /// Decay rate of the moving average of the parameters; 0: no averages are kept. They begin
    /// as the parameters after the first step.
    double average_momentum = 0;
    Sharding sharding = {};
  };
  TrainingStep(Model& model, const Loss& loss, const Optimizer& optimizer, const Options& options,
               ThreadPool& pool);

  /// Collective, as all that trains. Trains on one batch, (N, ...) each: this rank's samples of it,
  /// ShardedPlan::own_samples(), where `count` is how many all ranks have; -1: those given. Returns
  /// the loss of the whole batch before the update, penalties included. `output`, if it has data,
  /// receives what the model makes of the input, before an activation that the loss took over.
  /// Allocates nothing. Throws RunError, with the parameters as they were, if the loss is not a
  /// finite number.
  /// A `mask` tells which pixels of the target count, for a loss that takes one.
  double run(ConstView input, ConstView target, View output = {}, Index count = -1,
             ConstView mask = {});
  /// The same in two parts, for batches that do not fit into memory: add() takes one of up to
  /// `accumulate` pieces forward and backward and returns its loss, update() goes a step against
  /// the mean gradient over all of their samples. Layers that normalize by the batch see each piece
  /// alone.
  double add(ConstView input, ConstView target, View output = {}, Index count = -1,
             ConstView mask = {});
  void update();
  /// Whether there are batches that were added and not yet used.
  bool pending() const { return added_ > 0; }

  /// For the next steps; at first it is the optimizer's own.
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  /// Steps taken so far.
  Index steps() const { return steps_; }
  /// Collective: the optimizer's state of all ranks, at rank 0; elsewhere only its step is set.
  OptimizerState state();
  /// Goes on from a saved state. Throws InputError if its names or shapes are not those of the
  /// model.
  void restore(const OptimizerState& state);
  /// Collective: puts the moving averages, where they are kept, in the place of the parameters of a
  /// model of the same structure.
  void put_averages(Model& model);
  const ShardedPlan& sharded() const { return sharded_; }

 private:
  void update_from_totals();
  void update_pieces(View gradient);
  View totals() { return {totals_.data(), {static_cast<Index>(totals_.size())}}; }

  Model& model_;
  const Optimizer& optimizer_;
  Options options_;
  double learning_rate_;
  ShardedPlan sharded_;
  Index steps_ = 0;
  // Of this rank's slices, one after the other:
  std::vector<std::pair<std::string, AlignedVector>> slots_;  // by the optimizer's names
  AlignedVector averages_;
  /// Sums of gradients, where they are not used as they come: each batch's times its share of the
  /// largest batch.
  AlignedVector totals_;
  std::vector<double> squares_;  // of each slice's totals
  ShardSums squares_sum_;
  double weight_ = 0;  // of what was added since the last update
  Index added_ = 0;    // batches
};

}  // namespace adjoint
