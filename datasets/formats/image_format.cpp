#include "datasets/formats/image_format.hpp"

#include "datasets/formats/bmp_format.hpp"
#include "datasets/formats/jpeg_format.hpp"
#include "datasets/formats/png_format.hpp"
#include "datasets/formats/pnm_format.hpp"
#include "datasets/formats/tiff_format.hpp"

namespace adjoint {
namespace {

using File = ImageFormat::File;

/// The decoder of a format that has one page.
template <void (*decode)(File, double, View, View)>
void only_page(File file, Index /*page*/, double white, View pixels, View alpha) {
  decode(file, white, pixels, alpha);
}
/// The decoder of a format that has no alpha, either.
template <void (*decode)(File, double, View)>
void only_colours(File file, Index /*page*/, double white, View pixels, View /*alpha*/) {
  decode(file, white, pixels);
}

}  // namespace

std::span<const ImageFormat> image_formats() {
  static const ImageFormat kFormats[] = {
      {.name = "PNG",
       .extensions = {".png"},
       .bits = 16,
       .alpha = true,
       .recognizes = png::recognizes,
       .info = png::info,
       .decode = only_page<png::decode>,
       .encode = png::encode},
      {.name = "JPEG",
       .extensions = {".jpg", ".jpeg"},
       .bits = 8,
       .recognizes = jpeg::recognizes,
       .info = jpeg::info,
       .decode = only_colours<jpeg::decode>,
       .encode = jpeg::encode},
      {.name = "TIFF",
       .extensions = {".tif", ".tiff"},
       .bits = 32,
       .alpha = true,
       .recognizes = tiff::recognizes,
       .page = tiff::page,
       .pages = tiff::pages,
       .decode = tiff::decode,
       .encode = tiff::encode},
      {.name = "PGM/PPM",
       .extensions = {".pgm", ".ppm", ".pnm"},
       .bits = 16,
       .recognizes = pnm::recognizes,
       .info = pnm::info,
       .decode = only_colours<pnm::decode>,
       .encode = pnm::encode},
      {.name = "BMP",
       .extensions = {".bmp"},
       .bits = 8,
       .recognizes = bmp::recognizes,
       .info = bmp::info,
       .decode = only_colours<bmp::decode>,
       .encode = bmp::encode},
  };
  return kFormats;
}

}  // namespace adjoint
