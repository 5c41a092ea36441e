#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/normalization.hpp"
#include "framework/parallel/ranks.hpp"
#include "inference/detection/calibration.hpp"
#include "inference/detection/defect_kinds.hpp"
#include "inference/detection/finding.hpp"
#include "inference/detection/ground_truth.hpp"
#include "inference/detection/pixel_ranking.hpp"

namespace adjoint {

/// Summary of many findings. Images without a score rank above all others.
struct DetectionSummary {
  Index images = 0;
  Index flagged = 0;     // the unscorable ones included
  Index unscorable = 0;  // without a finite score
  // Over the images with ground truth, if there are any:
  std::optional<ImageShare> found;         // of the defective images
  std::optional<ImageShare> false_alarms;  // of the defect-free ones
  std::optional<Ranking> ranking;
  // Where masks say which pixels are defective:
  std::optional<Ranking> pixel_ranking;
  std::optional<double> region_overlap;  // PixelRanking::region_overlap()
  std::vector<DefectKind> kinds;         // of defects, where more than one is known
};

/// Labels and masks of images whose defects are known.
struct GroundTruth {
  std::optional<ImageLabels> labels;
  std::optional<DefectMasks> masks;
};

/// Scores images one by one, and holds them against what is known.
class Detection {
 public:
  /// `normalization` is that of the model, for a calibration whose settings.normalized is set.
  Detection(Calibration calibration, GroundTruth truth, Normalization normalization = {});

  /// What examine() found in one image.
  struct Examined {
    Index number = 0;
    Finding finding;
    Tensor residual;             // (height, width, 1)
    std::optional<Tensor> mask;  // of its size, where the image has defects that a mask shows
  };
  /// An image, its number among all, counted from 0, and what the model makes of it, (height,
  /// width, channels) each. Several threads may call it at the same time. Throws InputError where a
  /// mask does not fit.
  Examined examine(Index number, const std::string& name, ConstView image, ConstView output) const;
  /// finding_picture() of an image that examine() was called with.
  Tensor picture(const Examined& examined, ConstView image, ConstView output) const;
  /// Numbers ascend.
  void add(const Examined& examined);
  /// The score that add() finds; nothing where there is no finite one.
  std::optional<double> score(ConstView image, ConstView output) const;
  /// Collective, after the last image: those of these names that no rank added could not be read,
  /// and are flagged. All ranks then have the findings of all, and rank 0 their pixels. `files` are
  /// where the images come from, one each, or none.
  void finish(const std::vector<std::string>& names, Ranks& ranks = alone(),
              const std::vector<std::filesystem::path>& files = {});

  const Calibration& calibration() const { return calibration_; }
  /// Of all images in their order, after finish().
  const std::vector<Finding>& findings() const { return findings_; }
  /// At rank 0.
  DetectionSummary summary() const;
  /// One of the same settings, held against the same ground truth, without an image as yet.
  Detection begin_again() const { return {calibration_, truth_, normalization_}; }

 private:
  Tensor residual_of(ConstView image, ConstView output) const;
  std::optional<double> score_of(const Tensor& residual) const;
  Finding unscorable(Index number, const std::string& name) const;

  Calibration calibration_;
  GroundTruth truth_;
  Normalization normalization_;
  std::optional<PixelRanking> pixels_;
  std::vector<Finding> findings_;
  std::vector<Index> numbers_;  // of the findings' images, until finish()
};

}  // namespace adjoint
