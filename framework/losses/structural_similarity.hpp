#pragma once

#include "framework/settings/keys.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The gaussian window through which SSIM looks at two images.
struct SsimWindow {
  Index window = 11;
  double sigma = 1.5;
  void keys(Keys& key);
};

/// The structural similarity of two gray images x and y, whose values range over 1: with means m,
/// variances v and the covariance c of a window,
///   luminance = (2 mx my + C1) / (mx^2 + my^2 + C1),   structure = (2 c + C2) / (vx + vy + C2),
/// as means over all windows that lie within the images.
/// Source: Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861, with its K1 = 0.01
/// and K2 = 0.03.
class StructuralSimilarity {
 public:
  explicit StructuralSimilarity(const SsimWindow& window);

  Index window() const { return static_cast<Index>(weights_.size()); }
  /// Elements of scratch memory for images of this size.
  Index scratch_size(Index height, Index width) const;

  enum class Of { luminance_times_structure, structure };
  /// The mean for images (height, width). Writes its gradient with respect to x, unless `gradient`
  /// has no data.
  double mean(Of what, ConstView x, ConstView y, View gradient, View scratch) const;

 private:
  std::vector<Real> weights_;  // of one axis; they sum to 1
};

}  // namespace adjoint
