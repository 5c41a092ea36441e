#include "datasets/cell_grid.hpp"

#include <algorithm>

namespace adjoint {

CellGrid::CellGrid(Extent2 image, Index size, Extent2 shift)
    : image_(image),
      size_(size),
      shift_(shift),
      rows_((image.h + shift.h + size - 1) / size),
      columns_((image.w + shift.w + size - 1) / size) {}

CellGrid::Box CellGrid::box(Index cell) const {
  const Index top = cell / columns_ * size_ - shift_.h, left = cell % columns_ * size_ - shift_.w;
  return {std::max<Index>(top, 0), std::min(top + size_, image_.h), std::max<Index>(left, 0),
          std::min(left + size_, image_.w)};
}

void CellGrid::fill(Index cell, Real value, View image) const {
  const auto [top, bottom, left, right] = box(cell);
  const Index channels = image.shape[2];
  for (Index y = top; y < bottom; ++y)
    std::fill_n(image.data + (y * image_.w + left) * channels, (right - left) * channels, value);
}

void CellGrid::copy(Index cell, ConstView from, View to) const {
  const auto [top, bottom, left, right] = box(cell);
  const Index channels = to.shape[2];
  for (Index y = top; y < bottom; ++y) {
    const Index at = (y * image_.w + left) * channels;
    std::copy_n(from.data + at, (right - left) * channels, to.data + at);
  }
}

}  // namespace adjoint
