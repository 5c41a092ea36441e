#pragma once

#include <string>
#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Loses detail: shrinks an image by a whole factor, and enlarges it again unless the model is to
/// do that itself (super-resolution).
struct Downsample {
  static constexpr std::string_view kKind = "downsample";
  Index factor = 2;
  std::string filter = "bicubic";  // shrinks the image; or "average"
  /// false: the result is smaller than the image, by the factor on each side.
  bool keep_size = true;
  std::string interpolation = "bicubic";  // enlarges it; or "bilinear", "nearest"

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
  /// Throws InputError if the factor does not divide an image whose size is not kept.
  Shape output_shape(const Shape& image) const;
};

}  // namespace adjoint
