#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "datasets/file_bytes.hpp"
#include "datasets/image_file.hpp"

// The JPEG format, through libjpeg, in memory: baseline and progressive, gray and RGB. Errors name
// no file: read_image() does.

namespace adjoint::jpeg {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers in [0, 1]. Throws InputError, also for what libjpeg would paint
/// over: data that end early or make no sense.
void decode(std::span<const std::uint8_t> file, View pixels);
/// Of quality 95, colours at full resolution; 8 bits a channel, whatever is asked for. Throws
/// RunError.
Bytes encode(ConstView pixels, int bits);

}  // namespace adjoint::jpeg
