#pragma once

// A calibration lies in a file beside its checkpoint and names the weights that it holds for: a
// training may replace the checkpoint at any time, and other weights take another threshold.

#include <filesystem>
#include <optional>

#include "framework/settings/keys.hpp"
#include "framework/storage/checkpoint.hpp"
#include "inference/detection/calibration.hpp"

namespace adjoint {

/// runs/radar/best.calibration.toml of runs/radar/best.h5.
std::filesystem::path calibration_file(const std::filesystem::path& checkpoint);

/// Content of a calibration file.
struct KeptCalibration {
  std::string weights;  // the checksum of those it holds for
  Calibration calibration;
  void keys(Keys& key);
};

/// The calibration that is kept for a checkpoint, if there is one. Throws InputError if the file is
/// damaged or a number in it is not finite.
std::optional<KeptCalibration> load_calibration(const std::filesystem::path& checkpoint);

/// Keeps one, in place of an earlier one. Throws RunError if the file cannot be written.
void save_calibration(const std::filesystem::path& checkpoint, const KeptCalibration& kept);

/// The calibration that an earlier version kept in the checkpoint itself, if there is one. Throws
/// InputError like load_calibration().
std::optional<Calibration> calibration_inside(const Checkpoint& checkpoint,
                                              const std::string& path);

}  // namespace adjoint
