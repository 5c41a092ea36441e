#include "framework/conv/row_bands.hpp"

#include <algorithm>
#include <numeric>

namespace adjoint {
namespace {

/// Features `first` ... `end` - 1, and the image rows that they take.
RowBand features_band(const ConvGeometry& whole, Index first, Index end) {
  const Index reach = (whole.kernel.h - 1) * whole.dilation.h;
  // Rows of the image, from its padding on.
  const Index from = first * whole.stride.h - whole.padding.top;
  const Index until = (end - 1) * whole.stride.h - whole.padding.top + reach + 1;
  RowBand band{.geometry = whole,
               .image_row = std::clamp<Index>(from, 0, whole.image.h),
               .feature_row = first};
  const Index last = std::clamp<Index>(until, 0, whole.image.h);
  band.geometry.features.h = end - first;
  band.geometry.image.h = last - band.image_row;
  band.geometry.padding.top = band.image_row - from;
  band.geometry.padding.bottom = until - last;
  return band;
}

/// Image rows `first` ... `end` - 1, and the features that reach them.
RowBand image_band(const ConvGeometry& whole, Index first, Index end) {
  const Index reach = (whole.kernel.h - 1) * whole.dilation.h, stride = whole.stride.h;
  const Index before = std::max<Index>(first + whole.padding.top - reach, 0);
  RowBand band{
      .geometry = whole, .image_row = first, .feature_row = (before + stride - 1) / stride};
  const Index last = std::min((end - 1 + whole.padding.top) / stride + 1, whole.features.h);
  band.geometry.image.h = end - first;
  band.geometry.features.h = last - band.feature_row;
  band.geometry.padding.top = whole.padding.top + first - band.feature_row * stride;
  // What the last features reach beyond the band is cut off; what they do not reach gets nothing.
  const Index reached =
      (band.geometry.features.h - 1) * stride + reach + 1 - band.geometry.padding.top;
  band.geometry.padding.bottom = std::max<Index>(reached - band.geometry.image.h, 0);
  return band;
}

}  // namespace

std::vector<RowBand> row_bands(const ConvGeometry& geometry, Product product, Index count) {
  const bool to_features = product == Product::forward;
  const Index rows = to_features ? geometry.features.h : geometry.image.h;
  // All but the last of one height, in whole strides: those between then are of one geometry. An
  // even one suits the tiles of the engine `winograd`.
  const Index step = to_features ? 2 : std::lcm<Index>(2, geometry.stride.h);
  const Index height = (rows + count * step - 1) / (count * step) * step;
  std::vector<RowBand> bands;
  for (Index first = 0; first < rows && height < rows; first += height) {
    const Index end = std::min(first + height, rows);
    const RowBand band =
        to_features ? features_band(geometry, first, end) : image_band(geometry, first, end);
    const ConvGeometry& g = band.geometry;
    if (g.image.h < 1 || g.features.h < 1 || g.padding.top < 0) return {{geometry}};
    bands.push_back(band);
  }
  if (bands.empty()) bands.push_back({geometry});
  return bands;
}

}  // namespace adjoint
