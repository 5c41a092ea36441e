#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

// The JPEG format, through libjpeg, in memory: baseline and progressive, gray and RGB. Errors name
// no file: read_image() does.

namespace adjoint::jpeg {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers, divided by `white`. Throws InputError, also for what libjpeg
/// would paint over: data that end early or make no sense.
void decode(std::span<const std::uint8_t> file, double white, View pixels);

struct EncodeOptions {
  int quality = 95;          // libjpeg's scale, 1 to 100
  bool subsampling = false;  // colours at half the resolution each way
  double white = 255;        // the number that 1 becomes
};
/// 8 bits a channel. Throws RunError.
Bytes encode(ConstView pixels, const EncodeOptions& options);
/// Encodes with the default quality.
Bytes encode(ConstView pixels, const WriteOptions& options);

}  // namespace adjoint::jpeg
