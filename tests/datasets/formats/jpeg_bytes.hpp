#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
// After <cstdio>, on which it relies.
#include <jpeglib.h>

namespace adjoint {

struct JpegContent {
  int width = 1;
  int height = 1;
  int channels = 1;  // 1: gray, 3: RGB, 4: CMYK
  bool progressive = false;
  int restart_rows = 0;      // rows of blocks between restart markers
  std::string comment = {};  // stands before the size
  std::string exif = {};     // as does this, in a segment of its own
  std::string rows = {};     // a byte each
};

/// A JPEG of quality 100 with colours at full resolution, made with libjpeg alone.
inline std::string jpeg_bytes(JpegContent content) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &bytes, &size);
  codec.image_width = static_cast<JDIMENSION>(content.width);
  codec.image_height = static_cast<JDIMENSION>(content.height);
  codec.input_components = content.channels;
  codec.in_color_space = content.channels == 1   ? JCS_GRAYSCALE
                         : content.channels == 3 ? JCS_RGB
                                                 : JCS_CMYK;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, 100, TRUE);
  codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
  codec.restart_in_rows = content.restart_rows;
  if (content.progressive) jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  // Markers hold at most 65533 bytes.
  for (std::size_t first = 0; first < content.comment.size(); first += 65533) {
    const std::string part = content.comment.substr(first, 65533);
    jpeg_write_marker(&codec, JPEG_COM, reinterpret_cast<const JOCTET*>(part.data()),
                      static_cast<unsigned>(part.size()));
  }
  if (!content.exif.empty()) {
    const std::string segment = std::string("Exif\0\0", 6) + content.exif;
    jpeg_write_marker(&codec, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(segment.data()),
                      static_cast<unsigned>(segment.size()));
  }
  const int stride = content.width * content.channels;
  for (int y = 0; y < content.height; ++y) {
    JSAMPROW row = reinterpret_cast<JSAMPROW>(content.rows.data()) + y * stride;
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return file;
}

}  // namespace adjoint
