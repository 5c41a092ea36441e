#pragma once

// The one order in which sums over the shards of a batch are taken: a binary tree over a power of
// two of shards. Whoever holds a whole subtree adds it up; the rest is added where it meets. So the
// sum has the same bits whatever the number of ranks and threads.

#include <algorithm>
#include <span>
#include <vector>

#include "framework/parallel/ranks.hpp"

namespace adjoint {

/// Shards first ... last - 1.
struct ShardRange {
  Index first = 0, last = 0;
  Index size() const { return last - first; }
  bool operator==(const ShardRange&) const = default;
};

/// How a batch is cut into shards, and who takes them.
struct Sharding {
  static constexpr Index kDefault = 16, kMost = 4096;
  Index shards = kDefault;  // a power of two, at least ranks->size()
  Ranks* ranks = &alone();

  /// The shards of a rank: neighbours among themselves, as many as of any other rank, give or take
  /// one.
  ShardRange range(int rank) const {
    return {shards * rank / ranks->size(), shards * (rank + 1) / ranks->size()};
  }
  ShardRange own() const { return range(ranks->rank()); }
  /// Samples in every shard of a batch of that size, but the last ones.
  Index shard_size(Index batch) const { return (batch + shards - 1) / shards; }
  /// Positions of this rank's samples in a batch of that size.
  ShardRange own_samples(Index batch) const {
    const Index size = shard_size(batch);
    return {std::min(own().first * size, batch), std::min(own().last * size, batch)};
  }
};

/// The largest subtrees that together are a range, in their order.
std::vector<ShardRange> subtrees(ShardRange range);

/// One addition of a sum: the part at `from`, a subtree that begins with `shard`, is added to the
/// part at `into`.
struct Addition {
  Index into = 0, from = 0;
  Index shard = 0;
  bool operator==(const Addition&) const = default;
};
/// The additions that make sums of parts, which are neighbouring subtrees: those whose parents are
/// whole, in the tree's order. The sums then stand at the first part of each of subtrees(the whole
/// range). Where a batch fills fewer shards, the additions of those that are empty are left out.
std::vector<Addition> additions(std::span<const ShardRange> parts);
/// The same for single shards.
std::vector<Addition> additions(ShardRange range);

/// Sums of a few numbers over all shards.
class ShardSums {
 public:
  /// Of up to `most` numbers at once.
  ShardSums(const Sharding& sharding, Index most);
  /// Collective. `parts` holds the numbers of each shard of this rank, one shard after the other,
  /// and is overwritten. The result is the same at every rank and valid until the next call.
  std::span<const double> sum(std::span<double> parts);

 private:
  Sharding sharding_;
  std::vector<Addition> own_additions_;
  std::vector<Index> own_places_;  // of this rank's subtrees, among its shards
  std::vector<Addition> last_additions_;
  std::vector<Index> roots_until_;  // one past each rank's last subtree
  std::vector<Index> ends_;         // the same in numbers
  std::vector<double> roots_;
};

}  // namespace adjoint
