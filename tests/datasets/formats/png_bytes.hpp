#pragma once

#include <png.h>

#include <string>
#include <vector>

namespace adjoint {

struct PngContent {
  int width = 1;
  int height = 1;
  int depth = 8;
  int colour = PNG_COLOR_TYPE_GRAY;
  int interlace = PNG_INTERLACE_NONE;
  std::vector<png_color> palette = {};
  std::vector<std::uint8_t> transparency = {};  // alpha of the palette
  std::string exif = {};                        // a chunk before the pixels
  std::string rows = {};                        // packed as in the file, 16 bits big-endian
};

/// A PNG of any kind, made with libpng alone.
inline std::string png_bytes(PngContent content) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep bytes, png_size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))
            ->append(reinterpret_cast<const char*>(bytes), size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(content.width),
               static_cast<png_uint_32>(content.height), content.depth, content.colour,
               content.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!content.palette.empty()) {
    png_set_PLTE(png, info, content.palette.data(), static_cast<int>(content.palette.size()));
  }
  if (!content.transparency.empty()) {
    png_set_tRNS(png, info, content.transparency.data(),
                 static_cast<int>(content.transparency.size()), nullptr);
  }
  if (!content.exif.empty()) {
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(content.exif.size()),
                   reinterpret_cast<png_bytep>(content.exif.data()));
  }
  png_write_info(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  std::vector<png_bytep> rows;
  for (int y = 0; y < content.height; ++y) {
    rows.push_back(reinterpret_cast<png_bytep>(content.rows.data()) + y * stride);
  }
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

/// A gray image whose pixel (y, x) is first + 16 y + x.
inline std::string gray_png(int height, int width, int first = 0) {
  PngContent content{.width = width, .height = height};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) content.rows += static_cast<char>(first + 16 * y + x);
  }
  return png_bytes(content);
}

}  // namespace adjoint
