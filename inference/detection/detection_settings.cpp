#include "inference/detection/detection_settings.hpp"

#include "framework/settings/keys.hpp"
#include "inference/images/trained_model.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

void DetectionSettings::keys(Keys& key) {
  const Check<double> fraction{[](const double& value) { return value > 0 && value < 1; },
                               "above 0, below 1"};
  key("residual", residual,
      "how far a pixel is from its reconstruction: absolute or squared difference, or 1 - SSIM of "
      "the window around it");
  key("smoothing", smoothing,
      "sigma of a Gaussian over the residual, in pixels: what is smaller counts less",
      between(0.0, 100.0));
  key("score", score, "what an image's pixels come to");
  if (score == ScoreKind::quantile) {
    key("quantile", quantile, "share of the pixels below the score", fraction);
  }
  key("false_alarms", false_alarms, "share of the defect-free images that may be flagged",
      fraction);
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
