#pragma once

#include "inference/detection/calibration.hpp"
#include "inference/detection/finding.hpp"

namespace adjoint {

/// A picture of a finding: image, reconstruction, and residual over the image (see overlay()), each
/// with its title, under the name, the score, the threshold and, where it is known, the truth.
/// `image` and `output` are (height, width, channels), `residual` (height, width, 1). `mask` is 1
/// where the image is defective, and outlined in the image and over the residual; without data:
/// not known. Small images are enlarged.
Tensor finding_picture(const Finding& finding, const Calibration& calibration, ConstView image,
                       ConstView output, ConstView residual, ConstView mask);

/// The residual above which a pixel counts as defective: the threshold, where the largest residual
/// is an image's score; otherwise the largest residual of any defect-free image.
double pixel_threshold(const Calibration& calibration);

/// (height, width, 1): 1 where the residual is above `threshold` or no number, else 0.
Tensor defect_mask(ConstView residual, double threshold);

}  // namespace adjoint
