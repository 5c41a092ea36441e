#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

// The PNG format, through libpng, in memory. Errors name no file: read_image() does.

namespace adjoint::png {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers, divided by `white`, and those of the alpha, if it is wanted.
/// Throws InputError.
void decode(std::span<const std::uint8_t> file, double white, View pixels, View alpha);
/// Encodes 8 or 16 bits a channel. Throws RunError.
Bytes encode(ConstView pixels, const WriteOptions& options);

}  // namespace adjoint::png
