#pragma once

#include "framework/losses/similarity_loss.hpp"

namespace adjoint {

/// 1 - SSIM: see StructuralSimilarity. In [0, 2], and 0 for equal images. An image must be as large
/// as the window.
class Ssim final : public SimilarityLoss {
 public:
  using Settings = SsimWindow;
  explicit Ssim(const Settings& settings) : SimilarityLoss(settings) {}

  std::string_view name() const override { return "ssim"; }

 private:
  double similarity(ConstView x, ConstView y, View gradient, View scratch) const override {
    return windows_.mean(StructuralSimilarity::Of::luminance_times_structure, x, y, gradient,
                         scratch);
  }
};

}  // namespace adjoint
