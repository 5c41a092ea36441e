#pragma once

#include <optional>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// The part of the model's input that one position of a node can see, in pixels; where positions
/// differ (behind upsampling, those of different phase do), the largest.
struct ReceptiveField {
  Index height = 1;
  Index width = 1;
  /// Every pixel, however large the image: behind Flatten or Reshape.
  bool all = false;
  bool operator==(const ReceptiveField&) const = default;
};

/// Receptive field of every node. The image is taken to go on for ever, so that a field may be
/// larger than it; `shapes` are those of Model::infer() and decide the paddings of "same". Where
/// branches meet, the field is the smallest rectangle around all that they see.
std::vector<ReceptiveField> receptive_fields(const Model& model, const std::vector<Shape>& shapes);

/// Positions of the output along one axis that no border reaches.
struct Interior {
  /// Strides make positions differ, and the one `period` further is alike: the total stride.
  Index period = 1;
  Index first = 0, count = 0;
};
struct OutputInterior {
  Interior vertical, horizontal;
};

/// Where the model's output for an image sees nothing beyond that image. Empty if positions see all
/// of it, or the output is no image.
std::optional<OutputInterior> output_interior(const Model& model, const std::vector<Shape>& shapes);

}  // namespace adjoint
