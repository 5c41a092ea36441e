#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "inference/detection/calibration.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// The calibration that a detection asks for.
struct CalibrationRequest {
  std::optional<DetectionSettings> settings;  // unset: those of the model's config
  ImageSource* images = nullptr;  // defect-free images; null: those that training held out
  bool save = false;              // also where it is not the one that the config asks for
  /// Whether it is a trial of other settings or images than the config's.
  bool is_trial() const { return settings || images; }
};

struct CalibrationChoice {
  Calibration calibration;
  std::vector<std::string> notes;  // what a user should know, a line each
};

/// The calibration that is kept for the model's weights, or a new one. A new one is kept beside the
/// checkpoint if it is the one that the config asks for, or with `save`. Collective: all ranks have
/// the calibration, and rank 0 keeps it. Sets
/// model.average_symmetries() as the calibration's settings ask. Throws InputError like
/// calibrate_on_held_out() and load_calibration(), RunError if one that is to be saved cannot be.
CalibrationChoice choose_calibration(ImageModel& model, const CalibrationRequest& request,
                                     Ranks& ranks = alone());

}  // namespace adjoint
