#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One of the eight symmetries of a square: rows and columns may change places, then the rows may
/// be turned upside down, then the columns from left to right.
struct Symmetry {
  bool transpose = false;
  bool flip_rows = false;
  bool flip_columns = false;
  bool operator==(const Symmetry&) const = default;

  /// The shape in which an image of that one, (height, width, channels), or a batch of them, is
  /// seen.
  Shape seen(Shape image) const {
    if (transpose) std::swap(image[-3], image[-2]);
    return image;
  }
};

/// Those of images of a height and width, the image itself first: eight, or those that keep rows
/// and columns in their places. An image of one row or column has one flip.
std::vector<Symmetry> symmetries_of(Index height, Index width, bool transposed);

/// Writes an image (height, width, channels), or a batch of them, as it is seen so.
void see_so(const Symmetry& symmetry, ConstView images, View seen);

/// The other way: writes the images of what is seen.
void turn_back(const Symmetry& symmetry, ConstView seen, View images);

}  // namespace adjoint
