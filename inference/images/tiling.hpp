#pragma once

#include <optional>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/graph/model.hpp"

namespace adjoint {

/// A tile along one axis of an image: which pixels it takes, and which of the output are its own.
struct TileSpan {
  Index origin = 0;  // first pixel of the tile
  Index first = 0;   // output pixels first ... end - 1 come from this tile
  Index end = 0;
};

/// An image cut into overlapping tiles of one size: every row span with every column span.
struct Tiling {
  Extent2 size{};
  std::vector<TileSpan> rows, columns;

  Index count() const { return static_cast<Index>(rows.size() * columns.size()); }
  /// Pixels of all tiles, overlaps counted as often as they are computed.
  Index pixels() const { return count() * size.h * size.w; }
};

/// Cuts an image that a model reconstructs at its own size, or enlarged by a whole factor, into
/// tiles of at most side x side pixels, so that what each tile gives for its own part of the output
/// is what the whole image would give: tiles overlap by what the model sees, begin where its
/// strides begin, and meet the image's border where the image does. Nothing if there is no such
/// cut: a layer mixes all positions, tiles of that size see nothing but overlap, or strides and
/// paddings do not fit.
std::optional<Tiling> tile_image(const Model& model, const Extent2& image, Index side);

}  // namespace adjoint
