#pragma once

#include <filesystem>
#include <optional>

#include "inference/images/image_model.hpp"
#include "inference/report/detection_section.hpp"

namespace adjoint {

/// What `adjoint detect` wrote into a folder: scores, ground truth where it was known, and the
/// overlays of the highest scores. Throws InputError if there is no detection.json, or it is
/// damaged.
DetectionScores read_detection(const std::filesystem::path& folder);

/// The scores of the images that training held out, if a calibration is kept for the model's
/// weights. Throws InputError where the images are gone.
std::optional<DetectionScores> held_out_scores(ImageModel& model);

}  // namespace adjoint
