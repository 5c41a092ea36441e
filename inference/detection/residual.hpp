#pragma once

#include "framework/tensor/tensor.hpp"
#include "inference/detection/detection_settings.hpp"

namespace adjoint {

/// Residual of each pixel: its distance from the reconstruction, mean over the channels, smoothed.
/// image and output (height, width, channels) -> (height, width, 1).
Tensor residual_map(const DetectionSettings& settings, ConstView image, ConstView output);

/// Score of a residual map: its mean, its maximum, or its quantile (the
/// smallest value that at least that share of the pixels does not exceed). NaN where any pixel is
/// not finite: such an image has no score.
double image_score(const DetectionSettings& settings, ConstView residual);

/// The smallest value that at least `share` of the values do not exceed. `values` are reordered.
double quantile_of(std::vector<Real>& values, double share);

}  // namespace adjoint
