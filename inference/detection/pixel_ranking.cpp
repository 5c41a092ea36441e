#include "inference/detection/pixel_ranking.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "framework/tensor/error.hpp"
#include "inference/detection/regions.hpp"

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

/// Adds the values of all other ranks to those of rank 0, one rank after the other: they are large.
template <class Value, class Add>
void sum_at_first(Ranks& ranks, std::vector<Value>& values, Add add) {
  std::vector<Value> theirs(ranks.first() ? values.size() : 0);
  for (int r = 1; r < ranks.size(); ++r) {
    if (ranks.rank() == r) {
      const Ranks::Outgoing message{0, std::as_bytes(std::span(values))};
      ranks.exchange({&message, 1}, {});
    } else if (ranks.first()) {
      const Ranks::Incoming message{r, std::as_writable_bytes(std::span(theirs))};
      ranks.exchange({}, {&message, 1});
      for (std::size_t i = 0; i < values.size(); ++i) add(values[i], theirs[i]);
    }
  }
}

}  // namespace

PixelRanking::PixelRanking() : counts_(kBins), overlaps_(kBins) {}

void PixelRanking::add(ConstView residual, ConstView defective) {
  const Regions regions = defective ? connected_regions(defective) : Regions{};
  for (Index i = 0; i < residual.size(); ++i) {
    const std::size_t bin = bin_of(residual[i]);
    const Index region = defective ? regions.of_pixel[static_cast<std::size_t>(i)] : -1;
    if (region < 0) {
      ++counts_[bin].normal;
      continue;
    }
    ++counts_[bin].defective;
    overlaps_[bin] += (std::int64_t{1} << 40) / regions.sizes[static_cast<std::size_t>(region)];
  }
}

void PixelRanking::bring_together(Ranks& ranks) {
  sum_at_first(ranks, counts_, [](ScoreCounts& sum, const ScoreCounts& more) {
    sum.normal += more.normal;
    sum.defective += more.defective;
  });
  sum_at_first(ranks, overlaps_, [](std::int64_t& sum, std::int64_t more) { sum += more; });
}

double PixelRanking::region_overlap() const {
  constexpr double kHighestRate = 0.3;
  double normal = 0, all = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    normal += static_cast<double>(counts_[i].normal);
    all += static_cast<double>(overlaps_[i]);
  }
  if (normal == 0 || all == 0) {
    throw InputError("the overlap with defects needs normal and defective pixels, got {} and {}",
                     normal, all == 0 ? 0 : 1);
  }
  double area = 0, rate = 0, overlap = 0;  // at the threshold above
  for (std::size_t i = kBins; i-- > 0 && rate < kHighestRate;) {
    const double wider = static_cast<double>(counts_[i].normal) / normal;
    const double more = static_cast<double>(overlaps_[i]) / all;
    // The threshold that gives the highest rate may lie within this score: the curve is straight.
    const double part = wider > 0 ? std::min(1.0, (kHighestRate - rate) / wider) : 1;
    area += part * wider * (overlap + part * more / 2);
    rate += wider;
    overlap += more;
  }
  return area / kHighestRate;
}

}  // namespace adjoint
