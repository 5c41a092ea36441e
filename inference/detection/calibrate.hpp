#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "inference/detection/calibration.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

// Collective: the ranks share the images, and all of them have the calibration.

/// Calibrates on the images that training held out, whole where it took patches of them. Where the
/// checkpoint names them, those are taken, whatever came to the data since. Throws InputError if
/// the config holds out none, or they are gone.
Calibration calibrate_on_held_out(ImageModel& model, const DetectionSettings& settings,
                                  Ranks& ranks = alone());

/// Scores the images that training held out, for this rank its share of them: what
/// calibrate_on_held_out() finds a threshold for. Throws InputError like it.
Calibrator score_held_out(ImageModel& model, const DetectionSettings& settings,
                          Ranks& ranks = alone());

/// Calibrates on defect-free images of one's own. Throws InputError if there are too few, or one
/// cannot be scored.
Calibration calibrate_on(ImageModel& model, ImageSource& images, const DetectionSettings& settings,
                         Ranks& ranks = alone());

/// Finds the files that a model was trained on: a training file has the same name and, if it still
/// exists, the same content.
std::vector<std::filesystem::path> trained_on(const ImageRecord& record,
                                              const std::vector<std::filesystem::path>& files);

}  // namespace adjoint
