#pragma once

#include <tiffio.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace adjoint {

struct TiffPage {
  int width = 1;
  int height = 1;
  int samples = 1;
  int bits = 8;
  int format = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_MINISBLACK;
  int compression = COMPRESSION_NONE;
  int tile = 0;  // height and width of tiles; 0: strips of two rows
  bool planar = false;
  int orientation = 0;                      // 0: no such tag, as in the next ones
  int alpha = 0;                            // kind of the last sample: EXTRASAMPLE_...
  int max_sample = 0;                       // MaxSampleValue
  double float_max_sample = 0;              // SMaxSampleValue
  std::uint32_t white = 0;                  // WhiteLevel
  std::vector<std::uint16_t> palette = {};  // red, green, blue
  /// Bytes as they lie in memory, row by row; of a planar page plane by plane.
  std::string rows = {};
};

/// Writes a TIFF of any kind with libtiff alone; mode "w" is little-endian, "wb" big-endian.
inline std::filesystem::path write_tiff(const std::filesystem::path& path,
                                        const std::vector<TiffPage>& pages,
                                        const char* mode = "wl") {
  TIFF* tiff = TIFFOpen(path.c_str(), mode);
  for (const TiffPage& page : pages) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, page.samples);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, page.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, page.format);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, page.photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, page.compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 page.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (page.orientation != 0) TIFFSetField(tiff, TIFFTAG_ORIENTATION, page.orientation);
    if (page.max_sample != 0) TIFFSetField(tiff, TIFFTAG_MAXSAMPLEVALUE, page.max_sample);
    if (page.float_max_sample != 0)
      TIFFSetField(tiff, TIFFTAG_SMAXSAMPLEVALUE, page.float_max_sample);
    if (page.white != 0) TIFFSetField(tiff, TIFFTAG_WHITELEVEL, 1, &page.white);
    const auto alpha = static_cast<std::uint16_t>(page.alpha);
    if (page.alpha != 0) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
    if (!page.palette.empty()) {
      const std::size_t colours = page.palette.size() / 3;
      TIFFSetField(tiff, TIFFTAG_COLORMAP, page.palette.data(), page.palette.data() + colours,
                   page.palette.data() + 2 * colours);
    }
    if (page.tile == 0) {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 2);
    } else {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, page.tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, page.tile);
    }
    const int planes = page.planar ? page.samples : 1;
    const int pixel = page.bits * (page.planar ? 1 : page.samples) / 8;  // bytes
    const std::size_t stride = static_cast<std::size_t>(
        (page.width * page.bits * (page.planar ? 1 : page.samples) + 7) / 8);
    for (int plane = 0; plane < planes; ++plane) {
      const char* from = page.rows.data() + static_cast<std::size_t>(plane * page.height) * stride;
      if (page.tile == 0) {
        for (int y = 0; y < page.height; ++y) {
          std::string row(from + static_cast<std::size_t>(y) * stride, stride);
          TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y),
                            static_cast<std::uint16_t>(plane));
        }
        continue;
      }
      for (int top = 0; top < page.height; top += page.tile) {
        for (int left = 0; left < page.width; left += page.tile) {
          std::string tile(static_cast<std::size_t>(page.tile * page.tile * pixel), '\x77');
          for (int y = top; y < std::min(top + page.tile, page.height); ++y) {
            const int count = std::min(page.tile, page.width - left) * pixel;
            std::memcpy(&tile[static_cast<std::size_t>((y - top) * page.tile * pixel)],
                        from + static_cast<std::size_t>(y) * stride + left * pixel,
                        static_cast<std::size_t>(count));
          }
          TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(left),
                        static_cast<std::uint32_t>(top), 0, static_cast<std::uint16_t>(plane));
        }
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  return path;
}

}  // namespace adjoint
