#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/levels.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Size, channels and levels of one image, as its file states them.
struct ImageInfo {
  Index height = 0;
  Index width = 0;
  Index channels = 0;   // 1 (gray) or 3 (RGB), as read_image() returns them
  int bits = 8;         // a channel: 8 or 16, or 32 for floats
  double white = 0;     // the stored number that means 1; 0: the largest of these bits, or 1.0
  bool alpha = false;   // whether it also says how transparent each pixel is
  int orientation = 1;  // of the rows in the file; 1 in what image_pages() and image_info() return
  Shape shape() const { return {height, width, channels}; }
  bool operator==(const ImageInfo&) const = default;
};

/// The pixels of an image, and how its file stores them.
struct Image {
  Tensor pixels;                // (height, width, channels): stored numbers divided by `white`
  std::optional<Tensor> alpha;  // (height, width, 1) in [0, 1], 1 is opaque; if the file has it
  int bits = 8;                 // of the file: 8, 16 or 32
  double white = 0;             // the stored number that became 1
};

/// The images of a file: the pages of a TIFF, or the one that another file is. Reads no pixels.
/// Throws InputError as read_image() does.
std::vector<ImageInfo> image_pages(const std::filesystem::path& path);
/// The first of them.
ImageInfo image_info(const std::filesystem::path& path);

/// Reads an image, whatever its name ends in: the content tells the format. Integers are divided by
/// the largest one (255, 65535), floats are taken as they are, unless `white` or the file itself
/// names another number that means 1: see white_level(). No gamma is applied. Images come upright:
/// their orientation is followed. Colours are those behind any transparency, which comes apart.
///   PNG      with palettes and fewer than 8 bits expanded; its orientation must stand before the
///            pixels
///   JPEG     gray or RGB
///   TIFF     gray or RGB of 8 and 16 bits or 32-bit floats, in strips or tiles, of any compression
///            that libtiff knows; samples beyond colours and alpha are left out; palettes and the
///            like come as libtiff shows them. White is its WhiteLevel, or its MaxSampleValue where
///            that is one less than a power of two. `page` counts from 0.
///   PGM/PPM  binary or text, of 8 or 16 bits
///   BMP      of 24 or 32 bits a pixel, or palettes of 8
/// Throws InputError if the file is missing, of an unknown format, damaged or larger than
/// kMaxImageElements.
Image read_image(const std::filesystem::path& path, Index page = 0, double white = 0);

/// Format options for writing an image.
struct WriteOptions {
  int bits = 8;          // a channel: 8, 16, or 32 for floats
  double white = 0;      // the number that 1 becomes; 0, or more than they hold: the largest
  ConstView alpha = {};  // (height, width, 1), as read_image() gives it; empty: opaque

  double top() const {
    return white > 0 && (bits == 32 || white <= largest_level(bits)) ? white : largest_level(bits);
  }
};

/// The integer that stands for x where `top` stands for 1; 0 for what is no number.
inline std::uint16_t level_of(Real x, double top) {
  return static_cast<std::uint16_t>(
      std::lround(x > 0 ? std::min(x, Real{1}) * static_cast<Real>(top) : 0));
}

/// Writes (height, width, 1 or 3), clipped to [0, 1], as the name ends: .png, .tif, .tiff, .pgm,
/// .ppm and .pnm of 8 or 16 bits a channel, .jpg and .jpeg (of quality 95) and .bmp of 8. Of 32
/// bits, a TIFF holds floats as they are, and another format the most it can. PNG and TIFF keep
/// alpha; others show white behind what is transparent. The file appears whole or not at all.
/// Throws InputError if the name ends otherwise, RunError if writing fails.
void write_image(const std::filesystem::path& path, ConstView pixels, const WriteOptions& options);
void write_image(const std::filesystem::path& path, ConstView pixels, int bits = 8);

/// The most bits a channel that are written to a file of that name; 0 if it is no image's.
int most_bits(const std::filesystem::path& path);
/// Whether a name ends like that of a format that holds several images: .tif, .tiff.
bool holds_several_images(const std::filesystem::path& path);

/// A file of several images, one after the other. Until finish() it is kept, compressed, in memory.
class ImageStack {
 public:
  /// `numbers` is how many there will be in all images, or a bound of that: the largest files have
  /// a form of their own. Throws InputError unless holds_several_images(path).
  ImageStack(const std::filesystem::path& path, Index numbers);
  ~ImageStack();
  ImageStack(const ImageStack&) = delete;
  ImageStack& operator=(const ImageStack&) = delete;

  /// The next image: as write_image().
  void add(ConstView pixels, const WriteOptions& options);
  /// Writes the file, whole or not at all. Throws RunError if that fails.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the name ends like that of an image, in either case: how a folder is searched.
bool has_image_extension(const std::filesystem::path& path);
/// ".png, .jpg, ...": every such ending, for messages.
std::string image_extensions();

/// Height x width x channels of the largest image that is read: a damaged or hostile file may
/// announce more than the memory holds.
inline constexpr Index kMaxImageElements = Index{1} << 28;

}  // namespace adjoint
