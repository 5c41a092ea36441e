#pragma once

#include <optional>
#include <span>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

// The formats PGM and PPM of Netpbm, binary (P5, P6) or as text (P2, P3). Errors name no file:
// read_image() does. Source: Netpbm's manual pages pgm(5) and ppm(5).

namespace adjoint::pnm {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers, divided by `white`. Throws InputError.
void decode(std::span<const std::uint8_t> file, double white, View pixels);
/// P5 or P6, of 8 or 16 bits.
Bytes encode(ConstView pixels, const WriteOptions& options);

}  // namespace adjoint::pnm
