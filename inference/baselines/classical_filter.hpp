#pragma once

// Filters that need no training: what a model has to beat.

#include <string>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

struct ClassicalFilter {
  enum class Kind { median, wiener };
  Kind kind = Kind::median;
  Extent2 window;  // odd

  /// "median 3x3"
  std::string name() const;
};

/// What filters are to remove from an image: noise, or whole defects.
enum class FilterTask { denoise, detect };

/// Filters with windows of several sizes for images (height, width, channels): of one row, where
/// the images have no more. A median removes what covers less than half of its window, so that
/// defects need larger ones; rows and columns among them keep layers that run along them.
std::vector<ClassicalFilter> classical_filters(const Shape& image,
                                               FilterTask task = FilterTask::denoise);

/// Positions in `filters` of those with the largest value, one for each kind, in the order of
/// kinds.
std::vector<std::size_t> best_of_each_kind(const std::vector<ClassicalFilter>& filters,
                                           const std::vector<double>& values);

/// Variance of the noise of an image (height, width, channels) where nobody knows it: the median of
/// the variances of all windows, which a defect in less than half of them hardly moves.
/// (scipy.signal.wiener takes their mean.) Windows with a pixel that is not finite do not count; 0
/// if there is no other.
double local_noise_variance(const Extent2& window, ConstView image);

/// Filters each channel of an image (height, width, channels) into `result`, of the same shape.
/// Beyond its edges the image is reflected. A pixel is NaN where its window has one that is not
/// finite. The Wiener filter takes a pixel nearer to the mean of
/// its window the less the window's variance exceeds that of the noise, `noise_variance`, in the
/// image's units squared. Source: Lim, "Two-Dimensional Signal and Image Processing" (1990),
/// section 9.2; Lee, IEEE Trans. PAMI 2 (1980) 165.
void apply(const ClassicalFilter& filter, ConstView image, double noise_variance, View result);

}  // namespace adjoint
