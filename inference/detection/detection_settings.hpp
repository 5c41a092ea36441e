#pragma once

#include <array>
#include <string_view>

namespace adjoint {

class Keys;
struct TrainedModel;

/// How far a pixel is from its reconstruction.
enum class ResidualKind { l1, squared, ssim };
constexpr std::array<std::string_view, 3> config_names(ResidualKind) {
  return {"l1", "squared", "ssim"};
}
/// How the residuals of an image make its score.
enum class ScoreKind { mean, max, quantile };
constexpr std::array<std::string_view, 3> config_names(ScoreKind) {
  return {"mean", "max", "quantile"};
}

/// The [detection] table of a config: how an image that the model could not give back is told from
/// others.
struct DetectionSettings {
  ResidualKind residual = ResidualKind::l1;
  double smoothing = 0;  // sigma, in pixels, of a Gaussian over the residual
  ScoreKind score = ScoreKind::mean;
  double quantile = 0.99;  // of that score
  bool tta = false;        // test-time augmentation: ImageModel::average_symmetries()
  /// Share of the defect-free images that may be flagged.
  double false_alarms = 0.05;

  void keys(Keys& key);
};

/// The settings that the config of a trained model asks for.
DetectionSettings detection_settings(const TrainedModel& model);

}  // namespace adjoint
