#pragma once

#include <string>
#include <vector>

namespace adjoint {

class Keys;
struct TrainedModel;

/// The [detection] table of a config: how an image that the model reconstructs badly is told from
/// others.
struct DetectionSettings {
  std::string residual = "l1";  // of a pixel: "l1", "squared" or "ssim"
  double smoothing = 0;         // sigma, in pixels, of a Gaussian over the residual
  std::string score = "mean";   // of an image: "mean", "max" or "quantile" of its pixels
  double quantile = 0.99;       // where score is "quantile"
  /// Share of the defect-free images that may be flagged.
  double false_alarms = 0.05;

  static std::vector<std::string> residuals() { return {"l1", "squared", "ssim"}; }
  static std::vector<std::string> scores() { return {"mean", "max", "quantile"}; }
  void keys(Keys& key);
};

/// The settings that the config of a trained model asks for.
DetectionSettings detection_settings(const TrainedModel& model);

}  // namespace adjoint
