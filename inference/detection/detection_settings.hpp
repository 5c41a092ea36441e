#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

class Keys;
struct TrainedModel;

/// How far a pixel is from its reconstruction.
enum class ResidualKind { l1, squared, ssim };
constexpr std::array<std::string_view, 3> config_names(ResidualKind) {
  return {"l1", "squared", "ssim"};
}
/// Which pixels differ from their reconstruction in the way of a defect.
enum class DifferenceKind { any, darker, brighter };
constexpr std::array<std::string_view, 3> config_names(DifferenceKind) {
  return {"any", "darker", "brighter"};
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
  DifferenceKind difference = DifferenceKind::any;
  /// Whether residuals are those of normalized numbers, in which losses are computed, instead of
  /// those of images. Global contrast normalization gives images of little contrast more weight.
  bool normalized = false;
  /// Sizes of the cells of a grid that are hidden in turns, so that each pixel is made from its
  /// surroundings alone: reconstruct_hidden(). Empty: nothing is hidden.
  std::vector<Index> hidden_cells = {};
  Index turns = 3;       // until each cell was hidden once
  Index margin = 0;      // pixels along the image's border that have no residual
  double smoothing = 0;  // sigma, in pixels, of a Gaussian over the residual
  /// Standard deviation, in pixels, of a Gaussian window: residuals are divided by their mean in
  /// it, plus kLocalFloor. 0: they are not.
  double local_scale = 0;
  static constexpr double kLocalFloor = 0.01;
  ScoreKind score = ScoreKind::mean;
  double quantile = 0.99;  // of that score
  bool tta = false;        // test-time augmentation: ImageModel::average_symmetries()
  /// Share of the defect-free images that may be flagged.
  double false_alarms = 0.05;

  void keys(Keys& key);
};

/// The settings that the config of a trained model asks for.
/// `overrides`: "detection.key=value" texts that replace what it says.
DetectionSettings detection_settings(const TrainedModel& model,
                                     const std::vector<std::string>& overrides = {});

}  // namespace adjoint
