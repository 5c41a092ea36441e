#include "inference/report/detection_section.hpp"

#include <fmt/format.h>

#include "inference/report/blocks.hpp"

namespace adjoint {

void add_detection(Page& page, const DetectionScores& scores) {
  using Json = Page::Json;
  Json images = Json::array();
  for (const DetectionScores::Image& image : scores.images) {
    images.push_back({{"name", image.name},
                      {"score", image.score ? Json(*image.score) : Json()},
                      {"defective", image.defective ? Json(*image.defective) : Json()}});
  }
  std::vector<Json> content{
      blocks::text(scores.origin),
      blocks::text(fmt::format(
          "An image above the threshold is flagged. The threshold was calibrated on {} defect-free "
          "images for a false-positive rate of at most {:.1f} %.{}",
          scores.calibrated_on, 100 * scores.false_alarms,
          scores.auroc ? fmt::format(" AUROC {:.4f}.", *scores.auroc) : "")),
      {{"kind", "scores"}, {"threshold", scores.threshold}, {"scores", images}}};
  if (!scores.heat_maps.empty()) {
    content.push_back(blocks::heading("Heat maps of the highest scores"));
    content.push_back(blocks::remark(
        "The image, the model's output, and the image with the residual over it, from yellow to "
        "red."));
    content.push_back(blocks::pictures(scores.heat_maps));
  }
  page.add_section("Detection", std::move(content));
}

}  // namespace adjoint
