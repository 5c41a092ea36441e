#pragma once

// The formats of image files. To add one, write its functions beside png_format.hpp and a row in
// image_format.cpp.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

namespace adjoint {

struct ImageFormat {
  using File = std::span<const std::uint8_t>;
  std::string_view name;
  std::vector<std::string_view> extensions;  // in lower case
  int bits;                                  // the most that are written
  bool alpha = false;                        // whether it is written
  bool (*recognizes)(File head);
  /// Head of the only image, from the first bytes; nothing if they are too few. Null for a format
  /// whose files may hold several: then page(), which gives nothing behind the last one.
  std::optional<ImageInfo> (*info)(File head) = nullptr;
  std::optional<ImageInfo> (*page)(File file, Index page) = nullptr;
  std::vector<ImageInfo> (*pages)(File file) = nullptr;
  void (*decode)(File file, Index page, double white, View pixels, View alpha);
  Bytes (*encode)(ConstView pixels, const WriteOptions& options);
};

std::span<const ImageFormat> image_formats();

}  // namespace adjoint
