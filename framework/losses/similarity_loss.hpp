#pragma once

#include <string>

#include "framework/losses/loss.hpp"
#include "framework/losses/structural_similarity.hpp"

namespace adjoint {

/// 1 - a similarity of gray images, as a mean over the images and their channels.
class SimilarityLoss : public Loss {
 public:
  Index scratch_size(const Shape& shard) const override;
  double evaluate(const LossPass& pass) const override;

 protected:
  explicit SimilarityLoss(const SsimWindow& window) : windows_(window) {}

  /// Similarity of two images (height, width); writes its gradient with respect to x, unless
  /// `gradient` has no data.
  virtual double similarity(ConstView x, ConstView y, View gradient, View scratch) const = 0;
  virtual Index image_scratch_size(Index height, Index width) const {
    return windows_.scratch_size(height, width);
  }
  /// The least height and width of an image.
  virtual Index smallest() const { return windows_.window(); }
  /// Remedy in messages about images that are too small.
  virtual std::string remedy(Index side) const;

  StructuralSimilarity windows_;
};

}  // namespace adjoint
