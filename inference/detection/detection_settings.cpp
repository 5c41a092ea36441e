#include "inference/detection/detection_settings.hpp"

#include "framework/settings/keys.hpp"
#include "inference/images/trained_model.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

void DetectionSettings::keys(Keys& key) {
  const Check<double> fraction{[](const double& value) { return value > 0 && value < 1; },
                               "above 0, below 1"};
  key("residual", residual,
      "residual of a pixel: absolute difference, squared difference, or 1 - SSIM of the window "
      "around it");
  if (residual != ResidualKind::ssim) {
    key("difference", difference,
        "which pixels count: all, those darker than their reconstruction, or those brighter");
    key("normalized", normalized,
        "compare an image with its reconstruction in normalized pixel values, as the loss does "
        "(data.normalization), instead of in [0, 1]");
  }
  key("hidden_cells", hidden_cells,
      "inpainting: sizes of the cells of a grid, in pixels, that are hidden in turns, so that each "
      "pixel is compared with what its surroundings make of it; of several sizes the mean. For a "
      "model trained with a mask of cells",
      at_least(1));
  if (!hidden_cells.empty())
    key("turns", turns, "turns until each cell was hidden once", at_least(2));
  key("margin", margin, "pixels along the border of an image that do not count", at_least(0));
  key("smoothing", smoothing,
      "standard deviation of a Gaussian filter over the residuals, in pixels; 0: no filter",
      between(0.0, 100.0));
  key("local_scale", local_scale,
      "local contrast: divide residuals by their mean around each pixel (plus 0.01), with a "
      "Gaussian "
      "window of this standard deviation, in pixels, so that a coarse texture costs no more than a "
      "smooth one; 0: as they are",
      between(0.0, 100.0));
  key("score", score, "score of an image: mean, maximum or quantile of its residuals");
  if (score == ScoreKind::quantile) {
    key("quantile", quantile, "which quantile of the residuals is the score", fraction);
  }
  key("false_alarms", false_alarms,
      "false-positive rate: share of defect-free images that may be flagged", fraction);
  key("tta", tta,
      "test-time augmentation: compare an image with the mean of its reconstructions over the "
      "eight flips and rotations, in eight times the time");
}

DetectionSettings detection_settings(const TrainedModel& model,
                                     const std::vector<std::string>& overrides) {
  struct {
    DetectionSettings detection;
    void keys(Keys& key) { key.table("detection", detection, ""); }
  } config;
  parse_config(model.checkpoint.config, model.path + ":/adjoint/config", overrides, config,
               ConfigScope::part);
  return config.detection;
}

}  // namespace adjoint
