#pragma once

#include <cstdint>
#include <span>

#include "framework/tensor/tensor.hpp"

// How a camera was held: a file stores the rows as the sensor gave them, and the tag Orientation
// (274) of TIFF and EXIF says how to turn them. Source: TIFF 6.0, "Orientation"; EXIF 2.32, 4.6.4.

namespace adjoint {

/// The orientation, 1 to 8, in a block of EXIF data: what follows "Exif\0\0" in a JPEG, or stands
/// in a PNG's chunk eXIf. 1, upright, if the block does not say or is damaged.
int exif_orientation(std::span<const std::uint8_t> exif);

/// Whether turning an image upright makes its rows columns.
constexpr bool swaps_sides(int orientation) {
  return orientation >= 5;
}

/// The image (height, width, channels) as it should be seen.
Tensor upright(Tensor stored, int orientation);

}  // namespace adjoint
