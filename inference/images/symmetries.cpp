#include "inference/images/symmetries.hpp"

namespace adjoint {
namespace {

/// Calls use(here, there) with the place of each pixel in some images and in what is seen of them.
template <class Use>
void for_each_pixel(const Symmetry& symmetry, const Shape& images, Use use) {
  const Index height = images[1], width = images[2];
  const Index seen_height = symmetry.transpose ? width : height;
  const Index seen_width = symmetry.transpose ? height : width;
  Index here = 0;
  for (Index n = 0; n < images[0]; ++n) {
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x, ++here) {
        Index row = symmetry.transpose ? x : y, column = symmetry.transpose ? y : x;
        if (symmetry.flip_rows) row = seen_height - 1 - row;
        if (symmetry.flip_columns) column = seen_width - 1 - column;
        use(here, (n * seen_height + row) * seen_width + column);
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
        if ((transpose && !transposed) || (flip_rows && height == 1) ||
            (flip_columns && width == 1))
          continue;
        all.push_back({transpose, flip_rows, flip_columns});
      }
    }
  }
  return all;
}

Tensor seen_so(const Symmetry& symmetry, ConstView images) {
  Shape shape = images.shape;
  if (symmetry.transpose) std::swap(shape[1], shape[2]);
  Tensor seen = make_tensor(shape);
  const Index channels = shape[3];
  for_each_pixel(symmetry, images.shape, [&](Index here, Index there) {
    std::copy_n(images.data + here * channels, channels, seen.data() + there * channels);
  });
  return seen;
}

void add_turned_back(const Symmetry& symmetry, ConstView images, View sum) {
  const Index channels = sum.shape[3];
  for_each_pixel(symmetry, sum.shape, [&](Index here, Index there) {
    for (Index c = 0; c < channels; ++c)
      sum.data[here * channels + c] += images.data[there * channels + c];
  });
}

}  // namespace adjoint
