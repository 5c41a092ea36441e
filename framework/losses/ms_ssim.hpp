#pragma once

#include "framework/losses/similarity_loss.hpp"

namespace adjoint {

/// 1 - MS-SSIM: the product of the images' structure (see StructuralSimilarity) at each of several
/// scales, each half the size of the one before, and of their luminance at the last, each to the
/// power of its weight. A scale's mean below 1e-4 counts as that: the product is then no number, or
/// its gradient not finite.
/// With fewer than 5 scales the first weights are kept, divided by their sum. Halving takes means
/// of 2x2 pixels and leaves out an odd row or column at the end. Source: Wang, Simoncelli & Bovik
/// 2003, doi:10.1109/ACSSC.2003.1292216.
class MsSsim final : public SimilarityLoss {
 public:
  struct Settings : SsimWindow {
    Index scales = 5;
    void keys(Keys& key);
  };
  explicit MsSsim(const Settings& settings);

  std::string_view name() const override { return "ms_ssim"; }

 private:
  double similarity(ConstView x, ConstView y, View gradient, View scratch) const override;
  Index image_scratch_size(Index height, Index width) const override;
  Index smallest() const override { return windows_.window() << (weights_.size() - 1); }
  std::string remedy(Index side) const override;

  std::vector<double> weights_;  // of the scales, the finest first
};

}  // namespace adjoint
