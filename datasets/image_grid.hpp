#pragma once

#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

struct GridOptions {
  Index separator = 2;  // white pixels between images, after enlarging
  /// Enlargement factor; 0: small images are enlarged to about 96 pixels.
  Index zoom = 0;
  /// Small texts in black: above each column, left of each row, above each image (row by row).
  /// Empty: none. A text that is wider than its image is cut.
  std::vector<std::string> column_names = {}, row_names = {}, image_names = {};
};

/// One picture of many images: a row for each sample, a column for each batch (noisy, denoised,
/// clean). All columns are (count, height, width, 1 or 3); values outside [0, 1] are clipped.
Tensor image_grid(const std::vector<ConstView>& columns, const GridOptions& options = {});

/// Likewise, but of signals, which are images one pixel high, the curves: from 0 at the bottom to 1
/// at the top, on white; one of three channels in red, green and blue.
Tensor data_grid(const std::vector<ConstView>& columns);

}  // namespace adjoint
