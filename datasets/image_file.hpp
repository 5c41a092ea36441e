#pragma once

#include <filesystem>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// What a file of an image says about itself.
struct ImageInfo {
  Index height = 0;
  Index width = 0;
  Index channels = 0;  // 1 (gray) or 3 (RGB), as read_image() returns them
  int bits = 8;        // 8 or 16 a channel
  Shape shape() const { return {height, width, channels}; }
  bool operator==(const ImageInfo&) const = default;
};

struct Image {
  Tensor pixels;  // (height, width, channels) in [0, 1]
  int bits = 8;   // of the file: 8 or 16
};

/// Reads the head of a file only. Throws InputError as read_image() does.
ImageInfo image_info(const std::filesystem::path& path);

/// Reads an image, whatever its name ends in: the content tells the format. Formats: PNG, with
/// palettes and fewer than 8 bits expanded; what is transparent shows white behind it; and JPEG,
/// gray or RGB, rows as stored (a camera's note how to turn them is not followed). Numbers are the
/// file's, divided by 255 or 65535; no gamma is applied. Throws InputError if the file is missing,
/// of an unknown format, damaged or larger than kMaxImageElements.
Image read_image(const std::filesystem::path& path);

/// Writes (height, width, 1 or 3), clipped to [0, 1], as the name ends: a PNG of 8 or 16 bits a
/// channel, or a JPEG (.jpg, .jpeg) of 8. The file appears whole or not at all: it is written under
/// another name, then renamed. Throws InputError if the name ends otherwise, RunError if writing
/// fails.
void write_image(const std::filesystem::path& path, ConstView pixels, int bits = 8);

/// Whether the name ends like that of an image, in either case: how a folder is searched.
bool has_image_extension(const std::filesystem::path& path);

/// Height x width x channels of the largest image that is read: a damaged or hostile file may
/// announce more than the memory holds.
inline constexpr Index kMaxImageElements = Index{1} << 28;

}  // namespace adjoint
