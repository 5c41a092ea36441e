#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inference/detection/finding.hpp"
#include "inference/detection/ground_truth.hpp"
#include "inference/detection/interval.hpp"

namespace adjoint {

/// A share of some images.
struct ImageShare {
  Index count = 0;
  Index of = 0;  // at least 1
  double rate() const { return static_cast<double>(count) / static_cast<double>(of); }
  Interval interval() const { return wilson_interval(count, of); }
};

/// How well the defects of one kind are found.
struct DefectKind {
  std::string kind;
  ImageShare found;             // of its images
  std::optional<double> auroc;  // against all defect-free images, where there are any
};

/// Names the kind of each defective image: its label where the labels tell more than one kind of
/// defect, otherwise the folder of its name ("crack" of "crack/000"). All images in order; labels
/// may be null.
void name_kinds(const ImageLabels* labels, std::vector<Finding>& findings);

/// For each kind of defect, in the order of their names; empty where there are fewer than two.
/// Images without a score rank above all others.
std::vector<DefectKind> defect_kinds(const std::vector<Finding>& findings);

}  // namespace adjoint
