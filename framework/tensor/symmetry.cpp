#include "framework/tensor/symmetry.hpp"

#include <algorithm>

namespace adjoint {
namespace {

/// Calls use(here, there) with the place of each pixel's first number in some images and in what is
/// seen of them.
template <class Use>
void for_each_pixel(const Symmetry& symmetry, const Shape& images, Use use) {
  const Index height = images[-3], width = images[-2], channels = images[-1];
  if (images.size() == 0) return;
  const Index count = images.size() / (height * width * channels);
  const Index seen_height = symmetry.transpose ? width : height;
  const Index seen_width = symmetry.transpose ? height : width;
  Index here = 0;
  for (Index n = 0; n < count; ++n) {
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x, here += channels) {
        Index row = symmetry.transpose ? x : y, column = symmetry.transpose ? y : x;
        if (symmetry.flip_rows) row = seen_height - 1 - row;
        if (symmetry.flip_columns) column = seen_width - 1 - column;
        use(here, ((n * seen_height + row) * seen_width + column) * channels);
      }
    }
  }
}

}  // namespace

std::vector<Symmetry> symmetries_of(Index height, Index width, bool transposed) {
  std::vector<Symmetry> all;
  for (const bool transpose : {false, true}) {
    for (const bool flip_rows : {false, true}) {
      for (const bool flip_columns : {false, true}) {
        const bool changes_nothing = (flip_rows && height == 1) || (flip_columns && width == 1);
        if ((transpose && !transposed) || changes_nothing) continue;
        all.push_back({transpose, flip_rows, flip_columns});
      }
    }
  }
  return all;
}

void see_so(const Symmetry& symmetry, ConstView images, View seen) {
  const Index channels = images.shape[-1];
  for_each_pixel(symmetry, images.shape, [&](Index here, Index there) {
    std::copy_n(images.data + here, channels, seen.data + there);
  });
}

void turn_back(const Symmetry& symmetry, ConstView seen, View images) {
  const Index channels = images.shape[-1];
  for_each_pixel(symmetry, images.shape, [&](Index here, Index there) {
    std::copy_n(seen.data + there, channels, images.data + here);
  });
}

}  // namespace adjoint
