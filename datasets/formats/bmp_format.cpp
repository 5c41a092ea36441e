#include "datasets/formats/bmp_format.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint::bmp {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kInfoHeader = 40;
constexpr std::size_t kColour = 4;  // bytes of a palette's entry: blue, green, red, unused

std::uint32_t little_endian(std::span<const std::uint8_t> bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

struct Head {
  ImageInfo image;
  bool from_top = false;
  int bits = 24;  // a pixel
  std::size_t raster = 0, stride = 0;
  std::size_t palette = 0, colours = 0;
};

std::optional<Head> read_head(std::span<const std::uint8_t> file) {
  if (file.size() < kFileHeader + kInfoHeader) return std::nullopt;
  const std::uint32_t header = little_endian(file, 14, 4);
  if (header < kInfoHeader || header > 1024) {
    throw InputError("its header has {} bytes; expected at least {}, as since Windows 3", header,
                     kInfoHeader);
  }
  Head head;
  const auto width = static_cast<std::int32_t>(little_endian(file, 18, 4));
  const auto height = static_cast<std::int32_t>(little_endian(file, 22, 4));
  head.bits = static_cast<int>(little_endian(file, 28, 2));
  const std::uint32_t compression = little_endian(file, 30, 4);
  if (width < 1 || height == 0 || height == INT32_MIN)
    throw InputError("damaged: its size is {}x{}", height, width);
  if (compression != 0 || (head.bits != 8 && head.bits != 24 && head.bits != 32)) {
    throw InputError(
        "it has {} bits a pixel and compression {}; expected 8, 24 or 32 bits and none: save it as "
        "PNG",
        head.bits, compression);
  }
  head.from_top = height < 0;
  head.image = {.height = std::abs(height), .width = width, .channels = 3};
  head.raster = little_endian(file, 10, 4);
  // Rows are padded to 4 bytes.
  head.stride =
      (static_cast<std::size_t>(width) * static_cast<std::size_t>(head.bits) + 31) / 32 * 4;
  if (head.bits != 8) return head;
  head.colours = little_endian(file, 46, 4);
  if (head.colours == 0) head.colours = 256;
  if (head.colours > 256) throw InputError("damaged: its palette has {} colours", head.colours);
  head.palette = kFileHeader + header;
  if (file.size() < head.palette + head.colours * kColour) return std::nullopt;
  bool gray = true;
  for (std::size_t i = 0; i < head.colours; ++i) {
    const std::uint8_t* colour = &file[head.palette + i * kColour];
    gray = gray && colour[0] == colour[1] && colour[1] == colour[2];
  }
  if (gray) head.image.channels = 1;
  return head;
}

void append(Bytes& file, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

bool recognizes(std::span<const std::uint8_t> head) {
  // "BM", and zeros in the reserved words: other files may begin with two letters.
  return head.size() >= kFileHeader && head[0] == 'B' && head[1] == 'M' &&
         little_endian(head, 6, 4) == 0;
}

std::optional<ImageInfo> info(std::span<const std::uint8_t> head) {
  const std::optional<Head> read = read_head(head);
  return read ? std::optional(read->image) : std::nullopt;
}

void decode(std::span<const std::uint8_t> file, double white, View pixels) {
  const Head head = *read_head(file);
  const auto height = static_cast<std::size_t>(head.image.height);
  const std::size_t expected = head.raster + height * head.stride;
  if (file.size() < expected)
    throw InputError("truncated: expected {} bytes, got {}", expected, file.size());
  const Index channels = head.image.channels;
  const auto bytes = static_cast<std::size_t>(head.bits / 8);
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* row =
        &file[head.raster + (head.from_top ? y : height - 1 - y) * head.stride];
    for (Index x = 0; x < head.image.width; ++x) {
      const std::uint8_t* colour = row + static_cast<std::size_t>(x) * bytes;
      if (head.bits == 8) {
        if (*colour >= head.colours)
          throw InputError("damaged: colour {} of a palette of {}", *colour, head.colours);
        colour = &file[head.palette + *colour * kColour];
      }
      Real* to = pixels.data + (static_cast<Index>(y) * head.image.width + x) * channels;
      for (Index c = 0; c < channels; ++c)
        to[c] = static_cast<Real>(colour[channels - 1 - c]) / static_cast<Real>(white);
    }
  }
}

Bytes encode(ConstView pixels, const WriteOptions& options) {
  const Index height = pixels.shape[0], width = pixels.shape[1], channels = pixels.shape[2];
  const std::uint32_t colours = channels == 1 ? 256 : 0;
  const std::uint32_t raster = kFileHeader + kInfoHeader + colours * kColour;
  const Index row = width * channels, padding = (4 - row % 4) % 4;
  const auto raster_size = static_cast<std::uint32_t>(height * (row + padding));
  Bytes file{'B', 'M'};
  append(file, raster + raster_size, 4);
  append(file, 0, 4);
  append(file, raster, 4);
  append(file, kInfoHeader, 4);
  append(file, static_cast<std::uint32_t>(width), 4);
  append(file, static_cast<std::uint32_t>(height), 4);
  append(file, 1, 2);  // plane
  append(file, static_cast<std::uint32_t>(8 * channels), 2);
  append(file, 0, 4);  // no compression
  append(file, raster_size, 4);
  append(file, 2835, 4);  // pixels a metre: 72 an inch
  append(file, 2835, 4);
  append(file, colours, 4);
  append(file, 0, 4);
  for (std::uint32_t gray = 0; gray < colours; ++gray) append(file, gray * 0x010101, 4);
  for (Index y = height - 1; y >= 0; --y) {
    for (Index x = 0; x < width; ++x) {
      for (Index c = channels - 1; c >= 0; --c) {
        const Real value = pixels[(y * width + x) * channels + c];
        file.push_back(static_cast<std::uint8_t>(level_of(value, options.top())));
      }
    }
    file.insert(file.end(), static_cast<std::size_t>(padding), 0);
  }
  return file;
}

}  // namespace adjoint::bmp
