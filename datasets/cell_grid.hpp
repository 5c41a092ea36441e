#pragma once

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Square cells of `size` pixels that cover an image (height, width, channels), counted row by row;
/// at the borders only their part within the image is there. The first cell begins `shift` pixels
/// above and left of the image, 0 to size - 1.
class CellGrid {
 public:
  CellGrid(Extent2 image, Index size, Extent2 shift = {0, 0});

  Index count() const { return rows_ * columns_; }
  void fill(Index cell, Real value, View image) const;
  void copy(Index cell, ConstView from, View to) const;

 private:
  struct Box {
    Index top, bottom, left, right;  // bottom and right outside it
  };
  Box box(Index cell) const;

  Extent2 image_;
  Index size_;
  Extent2 shift_;
  Index rows_, columns_;
};

}  // namespace adjoint
