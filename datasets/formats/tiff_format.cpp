#include "datasets/formats/tiff_format.hpp"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "framework/tensor/error.hpp"

namespace adjoint::tiff {
namespace {

constexpr tmsize_t kLargestBlock = tmsize_t{1} << 30;  // bytes of a strip or tile
constexpr int kMostSamples = 16;
constexpr std::size_t kMostPages = 1 << 20;

/// A file in memory as libtiff uses one: read where `bytes` shows, written where `written` grows.
struct Memory {
  std::span<const std::uint8_t> bytes;
  Bytes written;
  std::size_t position = 0;
  std::string message;  // the first thing that went wrong

  std::size_t size() const { return std::max(bytes.size(), written.size()); }
};

tmsize_t on_read(thandle_t handle, void* to, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  const auto source =
      memory.written.empty() ? memory.bytes : std::span(std::as_const(memory.written));
  const std::size_t left = source.size() - std::min(memory.position, source.size());
  const std::size_t count = std::min(static_cast<std::size_t>(size), left);
  if (count > 0) std::memcpy(to, source.data() + memory.position, count);
  memory.position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t on_write(thandle_t handle, void* from, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  const std::size_t end = memory.position + static_cast<std::size_t>(size);
  if (memory.written.size() < end) memory.written.resize(end);
  std::memcpy(memory.written.data() + memory.position, from, static_cast<std::size_t>(size));
  memory.position = end;
  return size;
}

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  const toff_t from = whence == SEEK_SET   ? 0
                      : whence == SEEK_CUR ? memory.position
                                           : static_cast<toff_t>(memory.size());
  memory.position = static_cast<std::size_t>(from + offset);
  return memory.position;
}

int on_close(thandle_t /*handle*/) {
  return 0;
}

toff_t on_size(thandle_t handle) {
  return static_cast<Memory*>(handle)->size();
}

int on_map(thandle_t handle, void** base, toff_t* size) {
  const auto& memory = *static_cast<Memory*>(handle);
  *base = const_cast<std::uint8_t*>(memory.bytes.data());  // libtiff only reads it
  *size = memory.bytes.size();
  return memory.bytes.empty() ? 0 : 1;
}

void on_unmap(thandle_t /*handle*/, void* /*base*/, toff_t /*size*/) {}

int on_error(TIFF* /*tiff*/, void* data, const char* /*module*/, const char* format,
             va_list arguments) {
  auto& memory = *static_cast<Memory*>(data);
  if (!memory.message.empty()) return 1;
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  memory.message = text;
  return 1;
}

int on_warning(TIFF* /*tiff*/, void* /*data*/, const char* /*module*/, const char* /*format*/,
               va_list /*arguments*/) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, CloseTiff>;

TiffPtr open(Memory& memory, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kLargestBlock);
  return TiffPtr(TIFFClientOpenExt("", mode, &memory, on_read, on_write, on_seek, on_close, on_size,
                                   on_map, on_unmap, options.get()));
}

[[noreturn]] void damaged(const Memory& memory) {
  throw InputError("damaged: {}", memory.message.empty() ? "truncated" : memory.message);
}

template <class T>
T field(TIFF* tiff, ttag_t tag, T otherwise = {}) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : otherwise;
}

/// Storage layout of the pixels of one page.
struct Layout {
  std::uint32_t height, width;
  int samples;  // a pixel, with those that are no colour
  int bits;
  int photometric;
  bool is_float, planar, tiled;
  /// Whether samples are read as they are; libtiff's own conversion to RGB reads the rest.
  bool direct;
  Index channels;
  int alpha;  // kind of the sample behind the colours: EXTRASAMPLE_..., 0 if it is no alpha
  int orientation;
  double white;  // as ImageInfo has it
};

/// The kind of alpha behind so many colours, or 0.
int alpha_of(TIFF* tiff, Index channels, int samples) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  if (samples <= channels || TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1 ||
      count != samples - channels)
    return 0;
  return kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA ? kinds[0] : 0;
}

/// The number that means 1, if the tags say it; else 0. The tag WhiteLevel (of DNG) says just that.
/// The greatest value is often merely the greatest that occurs, which differs from image to image:
/// it counts only where it is the largest of so many bits.
double white_of(TIFF* tiff, int bits, bool is_float) {
  const double most = is_float ? 65535 : largest_level(bits);
  std::uint16_t count = 0;
  const std::uint32_t* levels = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_WHITELEVEL, &count, &levels) == 1 && count > 0 &&
      std::all_of(levels, levels + count, [&](auto level) { return level == levels[0]; }) &&
      levels[0] > 0 && (is_float || levels[0] <= most))
    return levels[0];
  if (bits == 8) return 0;  // a mask of 0 and 1, perhaps
  double greatest = 0;
  std::uint16_t integer = 0;
  if (TIFFGetField(tiff, TIFFTAG_SMAXSAMPLEVALUE, &greatest) != 1 &&
      TIFFGetField(tiff, TIFFTAG_MAXSAMPLEVALUE, &integer) == 1)
    greatest = integer;
  for (double level = 255; level <= most; level = 2 * level + 1) {
    if (greatest == level) return level;
  }
  return 0;
}

Layout layout_of(TIFF* tiff) {
  Layout layout{
      .height = field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH),
      .width = field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH),
      .samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1),
      .bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1),
      .photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK),
      .planar = field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE,
      .tiled = TIFFIsTiled(tiff) != 0,
      .orientation = field<std::uint16_t>(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT),
  };
  if (layout.orientation < 1 || layout.orientation > 8) layout.orientation = ORIENTATION_TOPLEFT;
  const int kind = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  layout.is_float = kind == SAMPLEFORMAT_IEEEFP;
  const bool gray =
      layout.photometric == PHOTOMETRIC_MINISBLACK || layout.photometric == PHOTOMETRIC_MINISWHITE;
  layout.channels = gray ? 1 : 3;
  if (layout.height < 1 || layout.width < 1) throw InputError("damaged: it has no pixels");
  if (layout.samples < 1 || layout.samples > kMostSamples) {
    throw InputError("it has {} samples a pixel; expected 1 (gray) or 3 (RGB), at most {}",
                     layout.samples, kMostSamples);
  }
  layout.direct =
      (gray || (layout.photometric == PHOTOMETRIC_RGB && layout.samples >= 3)) &&
      (layout.is_float ? layout.bits == 32
                       : kind == SAMPLEFORMAT_UINT && (layout.bits == 8 || layout.bits == 16));
  if (layout.direct) {
    layout.alpha = alpha_of(tiff, layout.channels, layout.samples);
    layout.white = white_of(tiff, layout.bits, layout.is_float);
    if (!layout.is_float && layout.white == largest_level(layout.bits)) layout.white = 0;
  }
  const bool convertible = !layout.direct && layout.bits <= 8 &&
                           (kind == SAMPLEFORMAT_UINT || kind == SAMPLEFORMAT_VOID);
  if (!layout.direct && !convertible) {
    throw InputError(
        "its samples are {} of {} bits; expected unsigned integers of 1 to 16 bits or floats of 32",
        kind == SAMPLEFORMAT_INT ? "signed integers"
        : layout.is_float        ? "floats"
                                 : "integers",
        layout.bits);
  }
  return layout;
}

ImageInfo info_of(const Layout& layout) {
  return {.height = layout.height,
          .width = layout.width,
          .channels = layout.channels,
          .bits = layout.direct ? layout.bits : 8,
          .white = layout.white,
          .alpha = layout.alpha != 0,
          .orientation = layout.orientation};
}

/// A number as it is stored.
Real sample_at(const std::uint8_t* block, std::size_t i, int bits) {
  if (bits == 8) return static_cast<Real>(block[i]);
  if (bits == 16) {
    std::uint16_t level;
    std::memcpy(&level, block + 2 * i, 2);
    return static_cast<Real>(level);
  }
  float value;
  std::memcpy(&value, block + 4 * i, 4);
  return static_cast<Real>(value);
}

/// Reads strip by strip or tile by tile, each plane of colour on its own if they are stored so.
void decode_directly(TIFF* tiff, const Layout& layout, const Memory& memory, double white,
                     View pixels, View alpha) {
  Index rows = field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, layout.height);
  Index columns = layout.width;
  if (layout.tiled) {
    rows = field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH);
    columns = field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH);
  }
  rows = layout.tiled ? rows : std::min<Index>(rows, layout.height);
  const tmsize_t block_size = layout.tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  if (rows < 1 || columns < 1 || block_size < 1 || block_size > kLargestBlock) damaged(memory);
  const std::unique_ptr<std::uint8_t[]> block(
      new std::uint8_t[static_cast<std::size_t>(block_size)]);
  const Index in_block = layout.planar ? 1 : layout.samples;  // samples of a pixel
  const Index channels = pixels.shape[2];
  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE && !layout.is_float;
  const Index wanted = channels + (alpha ? 1 : 0);  // samples
  for (Index plane = 0; plane < (layout.planar ? wanted : 1); ++plane) {
    const auto sample = static_cast<std::uint16_t>(plane);
    for (Index top = 0; top < layout.height; top += rows) {
      for (Index left = 0; left < layout.width; left += columns) {
        const auto y = static_cast<std::uint32_t>(top), x = static_cast<std::uint32_t>(left);
        const Index height = std::min<Index>(rows, layout.height - top);
        const Index width = std::min<Index>(columns, layout.width - left);
        const tmsize_t got =
            layout.tiled
                ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample), block.get(), -1)
                : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), block.get(), -1);
        const Index row_bytes = columns * in_block * layout.bits / 8;
        if (got < (layout.tiled ? rows : height) * row_bytes) damaged(memory);
        for (Index row = 0; row < height; ++row) {
          for (Index column = 0; column < width; ++column) {
            const Index at = (top + row) * layout.width + left + column;
            const auto from = static_cast<std::size_t>((row * columns + column) * in_block);
            for (Index c = 0; c < (layout.planar ? 1 : wanted); ++c) {
              const Real level =
                  sample_at(block.get(), from + static_cast<std::size_t>(c), layout.bits);
              const Index number = layout.planar ? plane : c;
              if (number == channels) {
                alpha[at] = level / static_cast<Real>(largest_level(layout.bits));
              } else {
                const Real value = level / static_cast<Real>(white);
                pixels[at * channels + number] = inverted ? 1 - value : value;
              }
            }
          }
        }
      }
    }
  }
}

/// Colours that are stored as seen on black, less by their alpha, as they are without it.
void divide_by_alpha(View pixels, View alpha) {
  const Index channels = pixels.shape[2];
  for (Index i = 0; i < alpha.size(); ++i) {
    for (Index c = 0; c < channels && alpha[i] > 0; ++c)
      pixels[i * channels + c] = std::min(pixels[i * channels + c] / alpha[i], Real{1});
  }
}

/// Palettes, fewer than 8 bits and other colour spaces, as libtiff shows them.
void decode_as_shown(TIFF* tiff, const Layout& layout, const Memory& memory, View pixels) {
  const auto count = static_cast<std::size_t>(layout.height) * layout.width;
  const std::unique_ptr<std::uint32_t[]> shown(new std::uint32_t[count]);
  // Asked for the orientation that it has, libtiff turns nothing: it would not turn all that there
  // are.
  if (TIFFReadRGBAImageOriented(tiff, layout.width, layout.height, shown.get(), layout.orientation,
                                1) != 1) {
    damaged(memory);
  }
  const Index channels = pixels.shape[2];
  for (std::size_t i = 0; i < count; ++i) {
    for (Index c = 0; c < channels; ++c) {
      pixels.data[static_cast<Index>(i) * channels + c] =
          static_cast<Real>(shown[i] >> (8 * c) & 0xFF) / 255;
    }
  }
}

}  // namespace

bool recognizes(std::span<const std::uint8_t> head) {
  if (head.size() < 4) return false;
  const bool little = head[0] == 'I' && head[1] == 'I' && head[3] == 0;
  const bool big = head[0] == 'M' && head[1] == 'M' && head[2] == 0;
  const int version = little ? head[2] : head[3];
  return (little || big) && (version == 42 || version == 43);  // 43: BigTIFF
}

std::vector<ImageInfo> pages(std::span<const std::uint8_t> file) {
  Memory memory{.bytes = file};
  const TiffPtr tiff = open(memory, "r");
  if (!tiff) damaged(memory);
  std::vector<ImageInfo> all;
  do {
    all.push_back(info_of(layout_of(tiff.get())));
    if (all.size() > kMostPages) throw InputError("damaged: it has no last page");
  } while (TIFFReadDirectory(tiff.get()) == 1);
  if (!memory.message.empty()) damaged(memory);
  return all;
}

std::optional<ImageInfo> page(std::span<const std::uint8_t> file, Index page) {
  Memory memory{.bytes = file};
  const TiffPtr tiff = open(memory, "r");
  if (!tiff) damaged(memory);
  if (page < 0 || page >= static_cast<Index>(kMostPages)) return std::nullopt;
  if (TIFFSetDirectory(tiff.get(), static_cast<tdir_t>(page)) != 1) {
    if (memory.message.empty()) return std::nullopt;
    damaged(memory);
  }
  return info_of(layout_of(tiff.get()));
}

void decode(std::span<const std::uint8_t> file, Index page, double white, View pixels, View alpha) {
  Memory memory{.bytes = file};
  const TiffPtr tiff = open(memory, "r");
  if (!tiff || TIFFSetDirectory(tiff.get(), static_cast<tdir_t>(page)) != 1) damaged(memory);
  const Layout layout = layout_of(tiff.get());
  if (layout.direct) {
    decode_directly(tiff.get(), layout, memory, white, pixels, alpha);
    if (layout.alpha == EXTRASAMPLE_ASSOCALPHA) divide_by_alpha(pixels, alpha);
  } else {
    decode_as_shown(tiff.get(), layout, memory, pixels);
  }
}

struct Encoder::State {
  Memory memory;
  TiffPtr tiff;
};

Encoder::Encoder(bool large) : state_(new State) {
  state_->tiff = open(state_->memory, large ? "w8l" : "wl");
}

Encoder::~Encoder() = default;

void Encoder::add(ConstView pixels, const WriteOptions& options) {
  const int bits = options.bits;
  const bool has_alpha = options.alpha.size() > 0;
  const Index height = pixels.shape[0], width = pixels.shape[1], channels = pixels.shape[2];
  const Index row_bytes = width * (channels + (has_alpha ? 1 : 0)) * bits / 8;
  const double top = options.top();
  Bytes samples;
  samples.reserve(static_cast<std::size_t>(height * row_bytes));
  const auto append = [&](Real x, double white) {
    std::uint8_t bytes[4];
    if (bits == 32) {
      const auto value = static_cast<float>(x * static_cast<Real>(white));
      std::memcpy(bytes, &value, 4);
    } else {
      const std::uint16_t level = level_of(x, white);
      std::memcpy(bytes, &level, 2);  // little-endian
    }
    samples.insert(samples.end(), bytes, bytes + bits / 8);
  };
  for (Index i = 0; i < height * width; ++i) {
    for (Index c = 0; c < channels; ++c) append(pixels[i * channels + c], top);
    if (has_alpha) append(options.alpha[i], largest_level(bits));
  }

  TIFF* tiff = state_->tiff.get();
  bool good = tiff != nullptr;
  const auto set = [&](ttag_t tag, auto... values) {
    good = good && TIFFSetField(tiff, tag, values...) == 1;
  };
  set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(height));
  set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(width));
  set(TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(channels) + (has_alpha ? 1 : 0));
  set(TIFFTAG_BITSPERSAMPLE, bits);
  set(TIFFTAG_SAMPLEFORMAT, bits == 32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  set(TIFFTAG_PHOTOMETRIC, channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
  set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  set(TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  const std::uint16_t straight = EXTRASAMPLE_UNASSALPHA;
  if (has_alpha) set(TIFFTAG_EXTRASAMPLES, 1, &straight);
  // So that the file says it to its next reader; the tag holds integers.
  const auto white = static_cast<std::uint32_t>(std::min(top, 1e9));
  if (top != largest_level(bits) && static_cast<double>(white) == top)
    set(TIFFTAG_WHITELEVEL, 1, &white);
  // Strips of about 64 KiB, as the specification recommends for large ones.
  const Index rows = std::clamp<Index>((Index{1} << 16) / row_bytes, 1, height);
  set(TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(rows));
  for (Index y = 0; good && y < height; y += rows) {
    const Index count = std::min(rows, height - y) * row_bytes;
    good = TIFFWriteEncodedStrip(tiff, static_cast<std::uint32_t>(y / rows),
                                 samples.data() + y * row_bytes, count) == count;
  }
  good = good && TIFFWriteDirectory(tiff) == 1;
  if (!good) throw RunError("cannot make a TIFF: {}", state_->memory.message);
}

Bytes Encoder::finish() {
  state_->tiff.reset();
  if (!state_->memory.message.empty())
    throw RunError("cannot make a TIFF: {}", state_->memory.message);
  return std::move(state_->memory.written);
}

Bytes encode(ConstView pixels, const WriteOptions& options) {
  Encoder encoder;
  encoder.add(pixels, options);
  return encoder.finish();
}

}  // namespace adjoint::tiff
