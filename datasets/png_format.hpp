#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "datasets/file_bytes.hpp"
#include "datasets/image_file.hpp"

// The PNG format, through libpng, in memory. Errors name no file: read_image() does.

namespace adjoint::png {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers in [0, 1]. Throws InputError.
void decode(std::span<const std::uint8_t> file, View pixels);
/// Throws RunError.
Bytes encode(ConstView pixels, int bits);

}  // namespace adjoint::png
