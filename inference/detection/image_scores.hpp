#pragma once

#include <vector>

#include "datasets/dataset.hpp"
#include "inference/detection/detection_settings.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint {

/// The score of each image of a dataset, in order, as detect_images() finds it but without a
/// calibration; infinity where there is no finite one. Sets model.average_symmetries() as the
/// settings ask. Throws InputError like reconstruct_hidden().
std::vector<double> image_scores(ImageModel& model, const DetectionSettings& settings,
                                 const Dataset& images);

}  // namespace adjoint
