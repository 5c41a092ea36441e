#pragma once

#include <cstdint>
#include <span>

#include "datasets/file_bytes.hpp"
#include "datasets/image_file.hpp"

// The PNG format, through libpng, in memory. Errors name no file: read_image() does.

namespace adjoint::png {

/// So many bytes of a file tell its format and size.
inline constexpr std::size_t kHeadBytes = 33;

bool recognizes(std::span<const std::uint8_t> head);
/// From the first kHeadBytes of a file. Throws InputError.
ImageInfo info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers in [0, 1]. Throws InputError.
void decode(std::span<const std::uint8_t> file, View pixels);
/// Throws RunError.
Bytes encode(ConstView pixels, int bits);

}  // namespace adjoint::png
