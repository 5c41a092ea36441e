#include "framework/tensor/symmetry.hpp"

#include <algorithm>

namespace adjoint {
namespace {

/// Calls visit(from, to) with the offset of each pixel in the images and in the transformed ones.
template <class Visit>
void for_each_pixel(const Symmetry& symmetry, const Shape& images, Visit visit) {
  const Index height = images[-3], width = images[-2], channels = images[-1];
  if (images.size() == 0) return;
  const Index count = images.size() / (height * width * channels);
  const Shape output = symmetry.output_shape(images);
  Index from = 0;
  for (Index n = 0; n < count; ++n) {
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x, from += channels) {
        Index row = symmetry.transpose ? x : y, column = symmetry.transpose ? y : x;
        if (symmetry.flip_vertical) row = output[-3] - 1 - row;
        if (symmetry.flip_horizontal) column = output[-2] - 1 - column;
        visit(from, ((n * output[-3] + row) * output[-2] + column) * channels);
      }
    }
  }
}

}  // namespace

std::vector<Symmetry> symmetries_of(Index height, Index width, bool transposes) {
  std::vector<Symmetry> all;
  for (const bool transpose : {false, true}) {
    for (const bool flip_vertical : {false, true}) {
      for (const bool flip_horizontal : {false, true}) {
        const bool changes_nothing =
            (flip_vertical && height == 1) || (flip_horizontal && width == 1);
        if ((transpose && !transposes) || changes_nothing) continue;
        all.push_back({transpose, flip_vertical, flip_horizontal});
      }
    }
  }
  return all;
}

void apply(const Symmetry& symmetry, ConstView images, View output) {
  const Index channels = images.shape[-1];
  for_each_pixel(symmetry, images.shape, [&](Index from, Index to) {
    std::copy_n(images.data + from, channels, output.data + to);
  });
}

void apply_inverse(const Symmetry& symmetry, ConstView output, View images) {
  const Index channels = images.shape[-1];
  for_each_pixel(symmetry, images.shape, [&](Index to, Index from) {
    std::copy_n(output.data + from, channels, images.data + to);
  });
}

}  // namespace adjoint
