#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "inference/inspection/latent/principal_components.hpp"

namespace adjoint {

/// Images, their codes, and what is known of them.
struct LatentImages {
  Tensor images;                         // (count, height, width, channels), as the model sees them
  Tensor codes;                          // (count, ...)
  std::vector<std::string> names;        // of each image
  std::vector<Index> labels;             // of each image; empty if there are none
  std::vector<std::string> label_names;  // empty if labels are plain numbers
};

/// A channel of the code (a number of it, where it has no height and width) that tells nothing.
struct DeadUnit {
  Index unit = 0;
  double value = 0;  // the value that it always has
};

/// An image and the ones whose codes are nearest to its code, the nearest first.
struct Neighbours {
  Index image = 0;
  std::vector<Index> nearest;
  std::vector<double> distances;  // Euclidean, between codes
};

/// Statistics of the latent codes of some images.
struct LatentReport {
  Index images = 0;
  Shape code;       // of one image
  Index units = 0;  // channels of it
  PrincipalComponents components;
  std::vector<DeadUnit> dead;  // units whose variance is below kDeadVariance
  std::vector<Neighbours> neighbours;
};

inline constexpr double kDeadVariance = 1e-6;

/// The units of codes (count, ...) that are the same everywhere.
std::vector<DeadUnit> dead_units(ConstView codes);
/// Looks at the codes. Throws InputError if there are fewer than two.
LatentReport report_latent(const LatentImages& images);

std::string latent_text(const LatentReport& report, const LatentImages& images);
nlohmann::ordered_json latent_json(const LatentReport& report, const LatentImages& images);

}  // namespace adjoint
