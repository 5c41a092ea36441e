#include "inference/detection/ranking.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>
#include <ranges>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

// A float above 0 keeps its order as an integer: 8 bits of exponent, then 23 of mantissa.
constexpr int kDroppedBits = 23 - 12;
constexpr std::size_t kBins = (std::size_t{255} << 23 >> kDroppedBits) + 1;

/// NaN counts as infinite: it must not pass as harmless.
std::size_t bin_of(Real residual) {
  if (std::isnan(residual)) return kBins - 1;
  if (residual <= 0) return 0;
  return std::bit_cast<std::uint32_t>(static_cast<float>(residual)) >> kDroppedBits;
}

}  // namespace

Ranking ranking(std::span<const ScoreCounts> ascending) {
  double normal = 0, defective = 0;
  for (const ScoreCounts& counts : ascending) {
    normal += static_cast<double>(counts.normal);
    defective += static_cast<double>(counts.defective);
  }
  if (normal == 0 || defective == 0) {
    throw InputError("a ranking needs normal and defective samples, got {} and {}", normal,
                     defective);
  }
  Ranking result;
  double flagged_normal = 0, flagged_defective = 0;
  for (const ScoreCounts& counts : std::views::reverse(ascending)) {
    const double good = static_cast<double>(counts.normal);
    const double bad = static_cast<double>(counts.defective);
    // All defective ones above outrank the normal ones at this score.
    result.auroc += good * (flagged_defective + bad / 2) / (normal * defective);
    flagged_normal += good;
    flagged_defective += bad;
    if (bad > 0) {
      const double precision = flagged_defective / (flagged_defective + flagged_normal);
      result.average_precision += precision * bad / defective;
    }
  }
  return result;
}

Ranking ranking(std::span<const double> scores, const std::vector<bool>& defective) {
  assert(scores.size() == defective.size());
  assert(std::ranges::none_of(scores, [](double score) { return std::isnan(score); }));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  std::vector<ScoreCounts> counts;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k == 0 || scores[order[k]] != scores[order[k - 1]]) counts.emplace_back();
    ++(defective[order[k]] ? counts.back().defective : counts.back().normal);
  }
  return ranking(counts);
}

PixelRanking::PixelRanking() : counts_(kBins) {}

void PixelRanking::add(ConstView residual, ConstView defective) {
  for (Index i = 0; i < residual.size(); ++i) {
    ScoreCounts& counts = counts_[bin_of(residual[i])];
    ++(defective && defective[i] > Real(0.5) ? counts.defective : counts.normal);
  }
}

void PixelRanking::bring_together(Ranks& ranks) {
  // One after the other: they are large.
  std::vector<ScoreCounts> theirs(ranks.first() ? counts_.size() : 0);
  for (int r = 1; r < ranks.size(); ++r) {
    if (ranks.rank() == r) {
      const Ranks::Outgoing message{0, std::as_bytes(std::span(counts_))};
      ranks.exchange({&message, 1}, {});
    } else if (ranks.first()) {
      const Ranks::Incoming message{r, std::as_writable_bytes(std::span(theirs))};
      ranks.exchange({}, {&message, 1});
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        counts_[i].normal += theirs[i].normal;
        counts_[i].defective += theirs[i].defective;
      }
    }
  }
}

}  // namespace adjoint
