#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/noise/noise_estimate.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

/// Description of a dataset: counts, shape, values, labels.
struct DataReport {
  std::string source;  // of the table of sources
  Index images = 0;
  Index samples = 0;  // more than images where patches are cut
  Shape shape;        // of a sample
  // The least and the largest height and width, where images differ in size.
  std::optional<std::pair<Extent2, Extent2>> sizes;
  bool paired = false;
  struct Count {
    std::string label;
    Index images;
  };
  std::vector<Count> labels;  // empty: there are none
  Index measured = 0;         // samples that the next four come from
  double low = 0, high = 0, mean = 0, deviation = 0;
  std::optional<std::uintmax_t> stored_bytes;  // on the disk
  std::uintmax_t float_bytes = 0;              // as the model sees an epoch
  Index train = 0, validation = 0;             // samples of each
  /// false for synthetic images: their texture would be taken for noise.
  bool noise_measured = false;
  std::optional<NoiseEstimate> noise;  // unset: no image is large enough, or all constant
  bool corrupted = false;              // a config adds corruptions, which `noise` leaves out
};

/// Measures values in at most so many samples, evenly spaced. `path` is what lies on the disk, or
/// empty.
DataReport report_data(const Dataset& dataset, Index most, const std::string& path);

nlohmann::ordered_json report_json(const DataReport& report);
std::string report_text(const DataReport& report);

}  // namespace adjoint
