#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/parallel/ranks.hpp"
#include "framework/tensor/tensor.hpp"

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

/// Ranks the pixels of any number of images, in a fixed amount of memory: residuals that agree in
/// their first 12 binary digits count as equal, and NaN counts as infinite.
class PixelRanking {
 public:
  PixelRanking();
  /// `defective` is above 0.5 where a pixel is; of the size of `residual`, or without data:
  /// nowhere.
  void add(ConstView residual, ConstView defective);
  /// Collective: rank 0 then has the pixels of all ranks.
  void bring_together(Ranks& ranks);
  Ranking result() const { return ranking(counts_); }

 private:
  std::vector<ScoreCounts> counts_;
};

}  // namespace adjoint
