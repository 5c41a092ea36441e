#include "framework/parallel/shard_tree.hpp"

#include <gmock/gmock.h>

#include "tests/support/thread_ranks.hpp"

namespace adjoint {
namespace {

using testing::Each;
using testing::ElementsAre;

/// The sum of the leaves first ... first + size - 1, written out.
std::string whole_tree(Index first, Index size) {
  if (size == 1) return std::to_string(first);
  return "(" + whole_tree(first, size / 2) + "+" + whole_tree(first + size / 2, size / 2) + ")";
}

/// The same for the first `filled` leaves: where the right side is empty, the left one stands.
std::string filled_tree(Index first, Index size, Index filled) {
  if (size == 1) return std::to_string(first);
  const std::string left = filled_tree(first, size / 2, filled);
  if (first + size / 2 >= filled) return left;
  return "(" + left + "+" + filled_tree(first + size / 2, size / 2, filled) + ")";
}

void apply(const std::vector<Addition>& additions, Index filled, std::vector<std::string>& parts) {
  for (const Addition& a : additions) {
    if (a.shard >= filled) continue;
    std::string& into = parts[static_cast<std::size_t>(a.into)];
    into = "(" + into + "+" + parts[static_cast<std::size_t>(a.from)] + ")";
  }
}

/// The sum over all shards as so many ranks compute it, written out.
std::string sum_over_ranks(Index shards, int ranks, Index filled) {
  std::vector<ShardRange> trees;
  std::vector<std::string> sums;
  for (int r = 0; r < ranks; ++r) {
    const ShardRange own{shards * r / ranks, shards * (r + 1) / ranks};
    std::vector<std::string> leaves;
    for (Index s = own.first; s < own.last; ++s) leaves.push_back(std::to_string(s));
    apply(additions(own), filled, leaves);
    for (const ShardRange& tree : subtrees(own)) {
      trees.push_back(tree);
      sums.push_back(leaves[static_cast<std::size_t>(tree.first - own.first)]);
    }
  }
  apply(additions(trees), filled, sums);
  return sums[0];
}

TEST(ShardTree, IsTheSameSumForEveryNumberOfRanks) {
  for (const Index shards : {1, 2, 16, 64}) {
    for (int ranks = 1; ranks <= shards; ++ranks) {
      EXPECT_EQ(sum_over_ranks(shards, ranks, shards), whole_tree(0, shards)) << ranks;
      for (const Index filled : {Index{1}, shards / 3 + 1, shards - 1}) {
        if (filled < 1) continue;
        EXPECT_EQ(sum_over_ranks(shards, ranks, filled), filled_tree(0, shards, filled))
            << ranks << " ranks, " << filled << " of " << shards << " shards";
      }
    }
  }
}

TEST(ShardTree, CutsARangeIntoTheLargestSubtrees) {
  EXPECT_THAT(subtrees({0, 16}), ElementsAre(ShardRange{0, 16}));
  EXPECT_THAT(subtrees({8, 16}), ElementsAre(ShardRange{8, 16}));
  EXPECT_THAT(subtrees({5, 10}),
              ElementsAre(ShardRange{5, 6}, ShardRange{6, 8}, ShardRange{8, 10}));
  EXPECT_THAT(subtrees({0, 5}), ElementsAre(ShardRange{0, 4}, ShardRange{4, 5}));
  EXPECT_TRUE(subtrees({3, 3}).empty());
}

TEST(ShardTree, GivesEveryShardToOneRankAndNoRankManyMoreThanAnother) {
  for (int size = 1; size <= 16; ++size) {
    run_thread_ranks(size, [&](Ranks& ranks) {
      const Sharding sharding{.ranks = &ranks};
      Index end = 0;
      for (int r = 0; r < size; ++r) {
        EXPECT_EQ(sharding.range(r).first, end);
        EXPECT_GE(sharding.range(r).size(), 16 / size);
        EXPECT_LE(sharding.range(r).size(), (16 + size - 1) / size);
        end = sharding.range(r).last;
      }
      EXPECT_EQ(end, 16);
    });
  }
}

TEST(ShardSums, AreThePlainSumsOfIntegers) {
  for (const int size : {1, 2, 3, 4, 5, 7, 8, 16}) {
    run_thread_ranks(size, [&](Ranks& ranks) {
      const Sharding sharding{.ranks = &ranks};
      ShardSums sums(sharding, 3);
      for (const Index numbers : {3, 1}) {
        std::vector<double> parts;
        for (Index s = sharding.own().first; s < sharding.own().last; ++s)
          for (Index i = 0; i < numbers; ++i) parts.push_back(static_cast<double>(s * 100 + i));
        const std::span<const double> found = sums.sum(parts);
        ASSERT_EQ(found.size(), static_cast<std::size_t>(numbers));
        for (Index i = 0; i < numbers; ++i)
          EXPECT_EQ(found[static_cast<std::size_t>(i)], static_cast<double>(12000 + 16 * i));
      }
    });
  }
}

TEST(ShardSums, RoundAlikeForEveryNumberOfRanks) {
  std::vector<double> sums;
  for (const int size : {1, 2, 3, 4, 5, 7, 8, 16}) {
    run_thread_ranks(size, [&](Ranks& ranks) {
      const Sharding sharding{.ranks = &ranks};
      std::vector<double> parts;
      for (Index s = sharding.own().first; s < sharding.own().last; ++s)
        parts.push_back(1 / (3.0 + static_cast<double>(s * s * s)));
      const double sum = ShardSums(sharding, 1).sum(parts)[0];
      if (ranks.first()) sums.push_back(sum);
    });
  }
  EXPECT_THAT(sums, Each(sums[0]));
}

}  // namespace
}  // namespace adjoint
