#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Shape of the masked areas.
enum class MaskShape { pixels, boxes, cells };
constexpr std::array<std::string_view, 3> config_names(MaskShape) {
  return {"pixels", "boxes", "cells"};
}

/// Covers parts of an image with one value, for a model that learns to fill them in.
struct Mask {
  MaskShape shape = MaskShape::pixels;
  /// Mean fraction of the pixels, or fraction of the cells, that are covered.
  NumberRange fraction{0.25, 0.25};
  /// Height and width of the boxes, in pixels; they lie within the image, and may overlap.
  Extent2 size{8, 8};
  Index count = 1;
  /// Height and width of the square cells of a grid, in pixels; each image draws one of these.
  std::vector<Index> cell_sizes{8};
  double value = 0;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
