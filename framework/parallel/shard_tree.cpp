#include "framework/parallel/shard_tree.hpp"

#include <algorithm>
#include <bit>

namespace adjoint {

std::vector<ShardRange> subtrees(ShardRange range) {
  std::vector<ShardRange> found;
  while (range.size() > 0) {
    // As large as its place allows, and as what is left of the range.
    const auto left = static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(range.size())));
    const Index place = range.first & -range.first;
    const Index size = place == 0 ? left : std::min(place, left);
    found.push_back({range.first, range.first + size});
    range.first += size;
  }
  return found;
}

std::vector<Addition> additions(std::span<const ShardRange> parts) {
  struct Node {
    ShardRange range;
    Index part;
  };
  std::vector<Addition> found;
  std::vector<Node> open;  // subtrees that are summed and wait for their right neighbours
  for (std::size_t p = 0; p < parts.size(); ++p) {
    Node node{parts[p], static_cast<Index>(p)};
    while (!open.empty()) {
      const Node& left = open.back();
      const Index size = node.range.size();
      const bool siblings = left.range.size() == size && left.range.first % (2 * size) == 0;
      if (!siblings) break;
      found.push_back({left.part, node.part, node.range.first});
      node = {{left.range.first, node.range.last}, left.part};
      open.pop_back();
    }
    open.push_back(node);
  }
  return found;
}

std::vector<Addition> additions(ShardRange range) {
  std::vector<ShardRange> leaves;
  for (Index s = range.first; s < range.last; ++s) leaves.push_back({s, s + 1});
  return additions(leaves);
}

ShardSums::ShardSums(const Sharding& sharding, Index most)
    : sharding_(sharding), own_additions_(additions(sharding.own())) {
  std::vector<ShardRange> all;
  for (int r = 0; r < sharding.ranks->size(); ++r) {
    const ShardRange range = sharding.range(r);
    for (const ShardRange& tree : subtrees(range)) {
      all.push_back(tree);
      if (r == sharding.ranks->rank()) own_places_.push_back(tree.first - range.first);
    }
    roots_until_.push_back(static_cast<Index>(all.size()));
  }
  ends_.resize(roots_until_.size());
  last_additions_ = additions(all);
  roots_.resize(all.size() * static_cast<std::size_t>(most));
}

std::span<const double> ShardSums::sum(std::span<double> parts) {
  const Index numbers = static_cast<Index>(parts.size()) / sharding_.own().size();
  const auto add = [&](double* rows, const std::vector<Addition>& additions) {
    for (const Addition& a : additions) {
      for (Index i = 0; i < numbers; ++i) rows[a.into * numbers + i] += rows[a.from * numbers + i];
    }
  };
  add(parts.data(), own_additions_);
  for (std::size_t r = 0; r < ends_.size(); ++r) ends_[r] = roots_until_[r] * numbers;
  const auto rank = static_cast<std::size_t>(sharding_.ranks->rank());
  double* root = roots_.data() + (rank == 0 ? 0 : ends_[rank - 1]);
  for (const Index place : own_places_)
    root = std::copy_n(parts.data() + place * numbers, numbers, root);
  gather_all(*sharding_.ranks, std::span(roots_).first(static_cast<std::size_t>(ends_.back())),
             ends_);
  add(roots_.data(), last_additions_);
  return std::span(roots_).first(static_cast<std::size_t>(numbers));
}

}  // namespace adjoint
