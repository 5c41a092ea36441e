#pragma once

// A product cut into bands of rows of its result. Each band is a convolution of its own over a part
// of the rows, so that threads can share one image.

#include <vector>

#include "framework/conv/engine.hpp"

namespace adjoint {

inline constexpr Index kMostBands = 16;

/// One band: the geometry of its rows, and where they begin in the whole image and features.
struct RowBand {
  ConvGeometry geometry{};
  Index image_row = 0;
  Index feature_row = 0;
};

/// Cuts the rows that `product`, forward or backward_data, writes into at most `count` bands, at
/// least 1, of one height but for the last. One band, the whole, where there are too few rows, or
/// where a band would take nothing from the other side.
std::vector<RowBand> row_bands(const ConvGeometry& geometry, Product product, Index count);

}  // namespace adjoint
