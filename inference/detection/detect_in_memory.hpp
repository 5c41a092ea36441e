#pragma once

#include <functional>
#include <vector>

#include "inference/detection/calibration.hpp"
#include "inference/detection/detection.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint {

/// Images of one size that lie in memory, in whatever form.
struct ImagesInMemory {
  Index count = 0;
  Shape image;      // (height, width, channels)
  Index piece = 1;  // images that pixels() is asked for at once
  /// Some of the images, (count, height, width, channels), pixels in [0, 1]. The view holds until
  /// the next call.
  std::function<ConstView(Index first, Index count)> pixels;
};

/// The name that findings and messages give an image in memory: "image 0".
std::string name_in_memory(Index number);

/// Throws InputError if the model enlarges images: detection compares an image with its
/// reconstruction.
void check_detects(const ImageModel& model);

/// Learns the threshold from defect-free images. Throws InputError as calibrate() does: if there
/// are too few images for the rate of false alarms, or one has no score.
Calibration calibrate_in_memory(ImageModel& model, const DetectionSettings& settings,
                                const ImagesInMemory& images);

/// Scores the images, and hands the residual of each, (height, width, 1), to `keep`, in order.
/// Returns their findings in order. Throws InputError if the model does not take these images.
std::vector<Finding> detect_in_memory(ImageModel& model, const Calibration& calibration,
                                      const ImagesInMemory& images,
                                      const std::function<void(ConstView)>& keep);

}  // namespace adjoint
