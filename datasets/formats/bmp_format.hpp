#pragma once

#include <optional>
#include <span>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

// Windows bitmaps without compression: 24 and 32 bits a pixel (the last 8 unused) and palettes of
// 8. Errors name no file: read_image() does. Source: Microsoft, "Bitmap Storage", BITMAPFILEHEADER
// and BITMAPINFOHEADER.

namespace adjoint::bmp {

bool recognizes(std::span<const std::uint8_t> head);
/// From the first bytes of a file; nothing if there must be more of them. A palette of grays alone
/// makes a gray image. Throws InputError.
std::optional<ImageInfo> info(std::span<const std::uint8_t> head);
/// Writes info().shape() numbers, divided by `white`. Throws InputError.
void decode(std::span<const std::uint8_t> file, double white, View pixels);
/// 24 bits a pixel, or a gray palette of 8.
Bytes encode(ConstView pixels, const WriteOptions& options);

}  // namespace adjoint::bmp
