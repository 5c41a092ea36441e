#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A figure of one image beside another of the same shape, (height, width, channels). To add one,
/// write its file and its row in metric.cpp.
struct Metric {
  std::string_view name;
  std::string_view doc;  // one sentence, without its capital and its period
  double (*measure)(ConstView image, ConstView reference);
  /// Whether images of a shape have it.
  bool (*measures)(const Shape& image);
};

std::span<const Metric> all_metrics();
std::vector<std::string> metric_names();
/// The metrics of these names, each known.
std::vector<Metric> metrics_named(const std::vector<std::string>& names);

}  // namespace adjoint
