#pragma once

#include "framework/tensor/tensor.hpp"
#include "inference/detection/detection_settings.hpp"

namespace adjoint {

/// How far each pixel of an image is from its reconstruction, both (height, width, channels): the
/// mean over the channels, smoothed, (height, width, 1).
Tensor residual_map(const DetectionSettings& settings, ConstView image, ConstView output);

/// What the pixels of a residual map come to: their mean, their maximum, or their quantile (the
/// smallest value that at least that share of the pixels does not exceed). NaN where any pixel is
/// not finite: such an image has no score.
double image_score(const DetectionSettings& settings, ConstView residual);

/// The smallest value that at least `share` of the values do not exceed. `values` are reordered.
double quantile_of(std::vector<Real>& values, double share);

}  // namespace adjoint
