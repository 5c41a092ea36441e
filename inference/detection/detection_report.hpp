#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "inference/detection/detect_with_filters.hpp"
#include "inference/detection/detection.hpp"

namespace adjoint {

/// A line "name,score,flagged,defective,unscorable,kind,file" for each image; what is not known is
/// empty.
std::string scores_csv(const std::vector<Finding>& findings);

/// Everything: calibration, summary, and each finding; and the figures of filters, if there are
/// any.
nlohmann::ordered_json detection_json(const Calibration& calibration,
                                      const DetectionSummary& summary,
                                      const std::vector<Finding>& findings,
                                      const std::vector<FilterFigures>& filters = {});

/// Warning that names the images without a finite score; nothing if every image has one.
std::optional<std::string> unscorable_warning(const std::vector<Finding>& findings);
/// Warning about images of another size than those of the calibration, where that matters: the
/// largest of more residuals is larger.
std::optional<std::string> size_warning(const Calibration& calibration,
                                        const std::vector<Finding>& findings);

/// The summary in a few lines, and a line for each filter.
std::string detection_text(const Calibration& calibration, const DetectionSummary& summary,
                           const std::vector<FilterFigures>& filters = {});

}  // namespace adjoint
