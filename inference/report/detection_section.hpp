#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inference/report/page.hpp"
#include "inference/report/page_picture.hpp"

namespace adjoint {

/// Scores of images and the threshold above which one is flagged.
struct DetectionScores {
  struct Image {
    std::string name;
    std::optional<double> score;    // nothing where there is no finite one
    std::optional<bool> defective;  // where that is known
  };
  std::vector<Image> images;
  double threshold = 0;
  double false_alarms = 0;  // the rate that it was calibrated for
  Index calibrated_on = 0;  // defect-free images
  std::string origin;       // says which images these are, a sentence
  std::optional<double> auroc = {};
  std::vector<blocks::Figure> heat_maps;
};

/// A histogram of the scores with a threshold to move, and heat maps.
void add_detection(Page& page, const DetectionScores& scores);

}  // namespace adjoint
