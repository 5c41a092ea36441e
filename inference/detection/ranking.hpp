#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace adjoint {

/// How well scores separate defective images from normal ones.
struct Ranking {
  double auroc = 0;  // 1: every defective one scores above every normal one; 0.5: chance
  double average_precision = 0;  // the area below precision over recall, in steps
};

/// Number of normal and of defective images with one score.
struct ScoreCounts {
  std::int64_t normal = 0;
  std::int64_t defective = 0;
};

/// From counts in the order of their scores, the lowest first. Equal scores count half for the
/// AUROC, and make one step of the precision. Throws InputError unless there are both kinds.
Ranking ranking(std::span<const ScoreCounts> ascending);

/// Ranks single scores, which may be infinite but not NaN, against their labels.
Ranking ranking(std::span<const double> scores, const std::vector<bool>& defective);

}  // namespace adjoint
