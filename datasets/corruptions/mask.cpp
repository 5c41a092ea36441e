#include "datasets/corruptions/mask.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/cell_grid.hpp"
#include "datasets/corruptions/draw.hpp"

namespace adjoint {
namespace {

void cover_box(Random& random, Extent2 size, Real value, View image) {
  const Index height = image.shape[0], width = image.shape[1], channels = image.shape[2];
  size = {std::min(size.h, height), std::min(size.w, width)};
  const auto top =
      static_cast<Index>(random.below(static_cast<std::uint64_t>(height - size.h + 1)));
  const auto left =
      static_cast<Index>(random.below(static_cast<std::uint64_t>(width - size.w + 1)));
  for (Index y = top; y < top + size.h; ++y)
    std::fill_n(image.data + (y * width + left) * channels, size.w * channels, value);
}

/// Covers a fraction of the cells of a grid that begins anywhere.
void cover_cells(Random& random, Index size, Real fraction, Real value, View image) {
  const auto below = [&](Index count) {
    return static_cast<Index>(random.below(static_cast<std::uint64_t>(count)));
  };
  const Extent2 shift{below(size), below(size)};
  const CellGrid grid({image.shape[0], image.shape[1]}, size, shift);
  std::vector<Index> cells(static_cast<std::size_t>(grid.count()));
  std::iota(cells.begin(), cells.end(), Index{0});
  const auto covered = static_cast<Index>(std::round(fraction * static_cast<Real>(grid.count())));
  for (Index i = 0; i < covered; ++i) {
    std::swap(cells[static_cast<std::size_t>(i)],
              cells[static_cast<std::size_t>(i + below(grid.count() - i))]);
    grid.fill(cells[static_cast<std::size_t>(i)], value, image);
  }
}

}  // namespace

void Mask::keys(Keys& key) {
  key("shape", shape, "shape of the masked areas: single pixels, boxes or cells of a grid");
  if (shape == MaskShape::pixels) {
    key("fraction", fraction, "fraction of the pixels that is masked", between(0.0, 1.0));
  } else if (shape == MaskShape::cells) {
    key("fraction", fraction, "fraction of the cells that is masked", between(0.0, 1.0));
    key("cell_sizes", cell_sizes,
        "height and width of the square cells, in pixels; each image draws one of them",
        at_least(1));
    if (cell_sizes.empty()) key.reject("cell_sizes", "expected at least one size");
  } else {
    key("size", size, "height and width of the boxes, in pixels", at_least(1));
    key("count", count, "number of boxes in an image; they may overlap", at_least(1));
  }
  key("value", value, "value of the masked pixels; black is 0");
}

void Mask::apply(Random& random, Tensor& image) const {
  const View pixels = view(image);
  const auto cover = static_cast<Real>(value);
  if (shape == MaskShape::boxes) {
    for (Index i = 0; i < count; ++i) cover_box(random, size, cover, pixels);
    return;
  }
  const Real covered = draw(fraction, random);
  if (shape == MaskShape::cells) {
    cover_cells(random, cell_sizes[random.below(cell_sizes.size())], covered, cover, pixels);
    return;
  }
  const Index channels = pixels.shape.back();
  for (Index i = 0; i < pixels.size(); i += channels) {
    if (random.uniform() < covered) std::fill_n(pixels.data + i, channels, cover);
  }
}

}  // namespace adjoint
