#pragma once

#include <string>
#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Covers parts of an image with one value, for a model that learns to fill them in.
struct Mask {
  static constexpr std::string_view kKind = "mask";
  std::string shape = "pixels";  // or "boxes"
  /// Expected fraction of the pixels that is masked.
  NumberRange fraction{0.25, 0.25};
  /// Height and width of the boxes, in pixels; they lie within the image, and may overlap.
  Extent2 size{8, 8};
  Index count = 1;
  double value = 0;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
