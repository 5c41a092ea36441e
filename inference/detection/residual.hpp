#pragma once

#include "datasets/normalization.hpp"
#include "framework/tensor/tensor.hpp"
#include "inference/detection/detection_settings.hpp"

namespace adjoint {

/// Residual of each pixel: its distance from the reconstruction, mean over the channels, smoothed,
/// in units of the residuals around it if settings.local_scale says so, 0 within the margin.
/// image and output (height, width, channels), in [0, 1] -> (height, width, 1). If
/// settings.normalized says so, both are normalized first, by the contrast of the image.
Tensor residual_map(const DetectionSettings& settings, ConstView image, ConstView output,
                    const Normalization& normalization = {});

/// Score of a residual map: its mean, its maximum, or its quantile (the
/// smallest value that at least that share of the pixels does not exceed). NaN where any pixel is
/// not finite: such an image has no score.
double image_score(const DetectionSettings& settings, ConstView residual);

}  // namespace adjoint
