#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "inference/detection/detection.hpp"

namespace adjoint {

/// A line "name,score,flagged,defective,unscorable" for each image; the score is empty where there
/// is none.
std::string scores_csv(const std::vector<Finding>& findings);

/// Everything: calibration, summary, and each finding.
nlohmann::ordered_json detection_json(const Calibration& calibration,
                                      const DetectionSummary& summary,
                                      const std::vector<Finding>& findings);

/// Warning that names the images without a finite score; nothing if every image has one.
std::optional<std::string> unscorable_warning(const std::vector<Finding>& findings);

/// The summary in a few lines.
std::string detection_text(const Calibration& calibration, const DetectionSummary& summary);

}  // namespace adjoint
