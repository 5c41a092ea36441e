#pragma once

#include <array>
#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// How an image is resized: numbered as the names are.
enum class Shrinking { bicubic, average };
constexpr std::array<std::string_view, 2> config_names(Shrinking) {
  return {"bicubic", "average"};
}
enum class Enlarging { bicubic, bilinear, nearest };
constexpr std::array<std::string_view, 3> config_names(Enlarging) {
  return {"bicubic", "bilinear", "nearest"};
}

/// Loses detail: shrinks an image by a whole factor, and enlarges it again unless the model is to
/// do that itself (super-resolution).
struct Downsample {
  Index factor = 2;
  Shrinking filter = Shrinking::bicubic;
  /// false: the result is smaller than the image, by the factor on each side.
  bool keep_size = true;
  Enlarging interpolation = Enlarging::bicubic;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
  /// Throws InputError if the factor does not divide an image whose size is not kept.
  Shape output_shape(const Shape& image) const;
};

}  // namespace adjoint
