#pragma once

#include <array>
#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// What stands in a hidden pixel's place: the value of one of its neighbours, or the median of them
/// all, each channel's by itself (Höck et al., "N2V2", ECCV Workshops 2022).
enum class Replacement { neighbour, median };
constexpr std::array<std::string_view, 2> config_names(Replacement) {
  return {"neighbour", "median"};
}

/// The [training.blind_spots] table of a config: pixels that Noise2Void hides from the model, which
/// must then tell their values from their neighbours' alone. Noise that is independent from pixel
/// to pixel cannot be told so; what is left is the image. Source: Krull et al., "Noise2Void" (CVPR
/// 2019).
struct BlindSpots {
  double share = 0.002;  // of the pixels of an image
  Index radius = 2;      // neighbours are at most so many rows and columns away
  Replacement replace = Replacement::neighbour;

  void keys(Keys& key);
  /// Pixels that are hidden in every image of this size, at least one.
  Index count(const Shape& image) const;
  /// Replaces count() pixels of `image`, (height, width, channels), a copy of `noisy`, and writes
  /// `mask`, (height, width, 1): 1 where a pixel is hidden, else 0. The pixels are spread evenly:
  /// one at random in each of as many cells. Throws InputError if a pixel has no neighbours.
  void hide(Random random, ConstView noisy, View image, View mask) const;
};

}  // namespace adjoint
