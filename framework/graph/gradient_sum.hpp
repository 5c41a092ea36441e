#pragma once

#include <atomic>

#include "framework/graph/flat_parameters.hpp"
#include "framework/graph/plan.hpp"
#include "framework/parallel/thread_pool.hpp"

namespace adjoint {

/// Makes one gradient of those that shards computed, each rank its slices of it, and gives all
/// ranks the parameters that come of it. Sums go along the shards' tree: what a rank's shards form
/// whole subtrees of is added there and then sent to the owner of each slice, who adds the rest.
/// What is final is sent while the shards still compute the rest.
class GradientSum : private BackwardWatch {
 public:
  GradientSum(const Model& model, const Plan& plan, const Sharding& sharding, ThreadPool& pool);

  const FlatParameters& layout() const { return layout_; }
  /// Where a shard of this rank, counted from its first, leaves its gradients: plan.gradient_size()
  /// numbers.
  Real* shard(Index own) { return shard_gradients_.data() + own * shard_size_; }
  /// Before a batch that fills the first `filled` of all shards.
  void begin(Index filled);
  /// To be told of each backward step of this rank's shards; null where nobody waits for it.
  BackwardWatch* watch() { return ranks_.several() ? this : nullptr; }
  /// Takes what a shard has left when it is through, by the pool's thread `worker`: adds up the
  /// layers of each tied kernel.
  void finish_shard(Index own, int worker);

  /// Collective: sums over the shards of the batch and adds the gradients of the parameters'
  /// regularizers. Allocates nothing.
  void sum();
  /// The result: this rank's slices, one after the other. Not const: clipping scales it.
  View own() { return {parts_[0], {own_size()}}; }
  /// A parameter's gradient; no data if it has none. For a process alone, which has all slices.
  ConstView gradient(Index parameter) const;

  /// Calls use(piece, place among own()) for the pieces of this rank's parameters that have a
  /// gradient, those of a slice by one of the pool's threads.
  template <class Use>
  void for_each_piece(Use use) {
    run_tasks(pool_, slices_.size(), own_size(), [&](Index s) {
      for (const FlatParameters::Piece& piece : layout_.pieces(slices_.first + s)) {
        if (has_gradient(piece.parameter)) use(piece, piece.place - own_place());
      }
    });
  }
  bool has_gradient(Index parameter) const {
    return has_gradient_[static_cast<std::size_t>(parameter)];
  }

  /// Collective: gives every rank the parameters that the others have updated.
  void share_parameters(Model& model);
  /// Collective: `own`, numbers of this rank's slices, becomes one row at rank 0, or at every rank.
  /// The row is valid until sum().
  std::span<const Real> row_at_first(std::span<const Real> own);
  std::span<const Real> row_everywhere(std::span<const Real> own);

  Index own_place() const { return slices_.first * layout_.slice_size(); }
  Index own_size() const { return slices_.size() * layout_.slice_size(); }

 private:
  /// A part of a parameter's gradient as shards leave it.
  struct Source {
    Index parameter = 0;
    Index offset = 0;  // among a shard's gradients
    Index size = 0;
    Index place = 0;                   // of what comes of it, in the row
    const Packing* packing = nullptr;  // unpacks it; null: it is the gradient as it stands
    Index step = -1;                   // after which it is final; -1: once the shard is through
    Index end() const { return place + extent; }
    Index extent = 0;  // in the row
  };
  /// How far a source is, in the batch under way.
  struct Progress {
    std::atomic<Index> missing = 0;  // shards that have not left theirs
    bool summed = false;
  };
  /// A tied kernel: its layers' gradients become one.
  struct Tied {
    std::vector<Plan::GradientSlot> slots;
    Index offset = 0;  // of the sum, among a shard's gradients
    Index size = 0;
  };
  void step_done(Index step, int worker) override;
  void source_done(std::size_t number) {
    progress_[number].missing.fetch_sub(1, std::memory_order_acq_rel);
  }
  void send_what_is_final();
  void send_what_is_summed();
  void sum_source(std::size_t number);
  std::span<Real> row(std::size_t root) {
    return std::span(rows_).subspan(root * static_cast<std::size_t>(layout_.size()),
                                    static_cast<std::size_t>(layout_.size()));
  }

  const Model& model_;
  Ranks& ranks_;
  ThreadPool& pool_;
  FlatParameters layout_;
  ShardRange slices_;  // this rank's: as its shards
  std::vector<bool> has_gradient_;
  std::vector<Tied> tied_;
  Index tied_scratch_ = 0;  // offset among a shard's gradients
  Index shard_size_ = 0;    // of a shard's gradients
  AlignedVector shard_gradients_;
  std::vector<Source> sources_;  // the largest first
  std::vector<Progress> progress_;
  std::vector<std::vector<std::size_t>> sources_of_step_;
  std::vector<std::size_t> tied_sources_;
  Index filled_ = 0;
  bool under_way_ = false;  // a batch has begun and is not summed
  std::vector<Addition> own_additions_, last_additions_;
  std::vector<ShardRange> own_roots_;  // subtrees that this rank's shards form
  AlignedVector rows_;                 // the gradient of each, whole
  AlignedVector received_;             // the other ranks' subtrees, this rank's slices of each
  std::vector<Real*> parts_;           // this rank's slices of every subtree, in the tree's order
  std::vector<Ranks::Outgoing> outgoing_;
  std::vector<ShardRange> outgoing_places_;  // of each in the row
  std::vector<bool> sent_;
  std::vector<Ranks::Incoming> incoming_;
  std::vector<Index> ends_;  // of each rank's slices, in the row
};

}  // namespace adjoint
