#pragma once

#include <string>
#include <vector>

#include "datasets/normalization.hpp"
#include "framework/parallel/ranks.hpp"
#include "framework/tensor/tensor.hpp"
#include "inference/detection/detection_settings.hpp"

namespace adjoint {

/// Threshold above which an image counts as defective, learned from defect-free images.
struct Calibration {
  DetectionSettings settings;
  double threshold = 0;     // an image above it is flagged
  Index images = 0;         // number of calibration images
  double colour_scale = 0;  // the residual that is shown in full colour: the largest of theirs
  double pixels = 0;        // the mean of their numbers of pixels; 0: not known

  void keys(Keys& key);
};

/// The score that a new defect-free image exceeds with a probability of at most `false_alarms`, if
/// it is one like those that `scores` are of: with n of them, the ceil((n + 1)(1 - rate))-th
/// smallest. Throws InputError if they are too few for that rate. Source: Vovk et al., "Algorithmic
/// Learning in a Random World" (conformal prediction).
double threshold_of(std::vector<double> scores, double false_alarms);

/// Collects what a calibration is made of.
class Calibrator {
 public:
  /// `normalization` is that of the model, for settings.normalized.
  explicit Calibrator(const DetectionSettings& settings, Normalization normalization = {})
      : settings_(settings), normalization_(std::move(normalization)) {}
  const DetectionSettings& settings() const { return settings_; }
  /// What examine() found in one image.
  struct Examined {
    double score = 0;
    double largest = 0;  // residual
    double pixels = 0;
  };
  /// A defect-free image and what the model makes of it, (height, width, channels) each. Several
  /// threads may call it at the same time.
  Examined examine(ConstView image, ConstView output) const;
  /// Throws InputError with the image's name if it has no finite score.
  void add(const std::string& name, const Examined& examined);
  /// Collective: of the images of all ranks, the same at every rank. Throws InputError if they were
  /// too few.
  Calibration finish(Ranks& ranks = alone());

  /// What add() was given, in that order.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<double>& scores() const { return scores_; }

 private:
  DetectionSettings settings_;
  Normalization normalization_;
  std::vector<std::string> names_;
  std::vector<double> scores_;
  double largest_ = 0;
  double pixels_ = 0;
};

}  // namespace adjoint
