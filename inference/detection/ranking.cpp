#include "inference/detection/ranking.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {

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
  for (auto counts = ascending.rbegin(); counts != ascending.rend(); ++counts) {
    const double good = static_cast<double>(counts->normal);
    const double bad = static_cast<double>(counts->defective);
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

}  // namespace adjoint
