#pragma once

#include <cstdint>
#include <vector>

#include "framework/parallel/ranks.hpp"
#include "framework/tensor/tensor.hpp"
#include "inference/detection/ranking.hpp"

namespace adjoint {

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
  /// Area under the per-region overlap (AUPRO), from 0 to 1: the mean over all connected defects of
  /// the share of their pixels that is found, so that a small one counts as much as a large one,
  /// averaged over the false-positive rates of the pixels from 0 to 0.3. Chance gives 0.15.
  /// Throws InputError like ranking(). Source: Bergmann et al. 2021,
  /// doi:10.1007/s11263-020-01400-4.
  double region_overlap() const;

 private:
  std::vector<ScoreCounts> counts_;
  /// For each score the sum of 1 / (pixels of its region) over its defective pixels, in units of
  /// 2^-40: whole numbers, whose sum does not depend on the order of images.
  std::vector<std::int64_t> overlaps_;
};

}  // namespace adjoint
