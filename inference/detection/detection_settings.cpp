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
  key("smoothing", smoothing,
      "standard deviation of a Gaussian filter over the residuals, in pixels; 0: no filter",
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

DetectionSettings detection_settings(const TrainedModel& model) {
  struct {
    DetectionSettings detection;
    void keys(Keys& key) { key.table("detection", detection, ""); }
  } config;
  parse_config(model.checkpoint.config, model.path + ":/adjoint/config", {}, config,
               ConfigScope::part);
  return config.detection;
}

}  // namespace adjoint
