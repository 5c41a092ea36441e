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
};

/// Those of images of a height and width, the image itself first: eight, or those that keep rows
/// and columns in their places. An image of one row or column has one flip.
std::vector<Symmetry> symmetries_of(Index height, Index width, bool transposed);

/// Images (count, height, width, channels) seen so.
Tensor seen_so(const Symmetry& symmetry, ConstView images);

/// Adds images that were seen so, turned back, to others: (count, height, width, channels).
void add_turned_back(const Symmetry& symmetry, ConstView images, View sum);

}  // namespace adjoint
