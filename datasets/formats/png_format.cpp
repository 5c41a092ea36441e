#include "datasets/formats/png_format.hpp"

#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "datasets/formats/orientation.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint::png {
namespace {

constexpr std::uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kHeadBytes = 33;      // signature and IHDR
constexpr std::size_t kChunkBytes = 8 + 4;  // length and name, and the checksum behind the data

// libpng reports errors by longjmp, which destroys no C++ object. So every function below that
// calls setjmp holds plain data only; its callers own the memory that these structs point to.

struct Decoding {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const std::uint8_t* next = nullptr;
  std::size_t left = 0;
  char message[128] = "";
};

struct Encoding {
  bool alpha = false;
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes* file = nullptr;
  char message[128] = "";
};

template <class State>
void on_error(png_structp png, png_const_charp message) {
  auto* state = static_cast<State*>(png_get_error_ptr(png));
  std::snprintf(state->message, sizeof state->message, "%s", message);
  png_longjmp(png, 1);
}

void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

void on_read(png_structp png, png_bytep to, png_size_t size) {
  auto* state = static_cast<Decoding*>(png_get_io_ptr(png));
  if (size > state->left) png_error(png, "truncated: the file ends too early");
  std::memcpy(to, state->next, size);
  state->next += size;
  state->left -= size;
}

void on_write(png_structp png, png_bytep bytes, png_size_t size) {
  auto* state = static_cast<Encoding*>(png_get_io_ptr(png));
  state->file->insert(state->file->end(), bytes, bytes + size);
}

void on_flush(png_structp /*png*/) {}

/// Reads up to the first pixel and asks for whole bytes, no palette, transparency as alpha.
bool begin_decoding(Decoding& state) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_read_fn(state.png, &state, on_read);
  png_read_info(state.png, state.info);
  png_set_expand(state.png);
  png_set_interlace_handling(state.png);
  png_read_update_info(state.png, state.info);
  return true;
}

bool decode_rows(Decoding& state, png_bytepp rows) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_read_image(state.png, rows);
  png_read_end(state.png, nullptr);
  return true;
}

bool encode_rows(Encoding& state, const ImageInfo& image, png_bytepp rows) {
  const int colour = (image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB) |
                     (image.alpha ? PNG_COLOR_MASK_ALPHA : 0);
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_write_fn(state.png, &state, on_write, on_flush);
  png_set_IHDR(state.png, state.info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), image.bits, colour, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(state.png, state.info);
  png_write_image(state.png, rows);
  png_write_end(state.png, nullptr);
  return true;
}

/// Rows of `stride` bytes in one block, as libpng wants them.
std::vector<png_bytep> rows_of(Bytes& block, Index height, std::size_t stride) {
  std::vector<png_bytep> rows(static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = block.data() + y * stride;
  return rows;
}

}  // namespace

bool recognizes(std::span<const std::uint8_t> head) {
  return head.size() >= sizeof kSignature &&
         std::equal(std::begin(kSignature), std::end(kSignature), head.begin());
}

std::optional<ImageInfo> info(std::span<const std::uint8_t> head) {
  // Signature, then the chunk IHDR: length, name, width, height, depth, colour type.
  if (head.size() < kHeadBytes) return std::nullopt;
  if (std::memcmp(&head[12], "IHDR", 4) != 0) throw InputError("damaged: it has no header");
  const int depth = head[24];
  const int colour = head[25];
  ImageInfo image{.height = png_get_uint_32(&head[20]),
                  .width = png_get_uint_32(&head[16]),
                  .channels = (colour & PNG_COLOR_MASK_COLOR) ? 3 : 1,
                  .bits = depth == 16 ? 16 : 8,
                  .alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0};
  if (image.height < 1 || image.width < 1)
    throw InputError("damaged: its size is {}x{}", image.height, image.width);
  // Then others, up to the pixels.
  for (std::span<const std::uint8_t> rest = head.subspan(kHeadBytes);;) {
    if (rest.size() < 8) return std::nullopt;  // length and name
    const std::size_t length = png_get_uint_32(rest.data());
    const std::string_view name(reinterpret_cast<const char*>(&rest[4]), 4);
    if (name == "IDAT" || name == "IEND" || length > PNG_UINT_31_MAX) return image;
    if (rest.size() < kChunkBytes + length) return std::nullopt;
    if (name == "tRNS") image.alpha = true;
    if (name == "eXIf") image.orientation = exif_orientation(rest.subspan(8, length));
    rest = rest.subspan(kChunkBytes + length);
  }
}

void decode(std::span<const std::uint8_t> file, double white, View pixels, View alpha) {
  Decoding state{.next = file.data(), .left = file.size()};
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error<Decoding>, on_warning);
  if (!state.png) throw RunError("libpng does not start");
  state.info = png_create_info_struct(state.png);
  struct Cleanup {
    Decoding& state;
    ~Cleanup() { png_destroy_read_struct(&state.png, &state.info, nullptr); }
  } const cleanup{state};

  if (!begin_decoding(state)) throw InputError("{}", state.message);
  const Index height = png_get_image_height(state.png, state.info);
  const Index stored = png_get_channels(state.png, state.info);  // with alpha, if there is any
  const Index channels = pixels.shape[2];
  const std::size_t stride = png_get_rowbytes(state.png, state.info);
  Bytes block(static_cast<std::size_t>(height) * stride);
  std::vector<png_bytep> rows = rows_of(block, height, stride);
  if (!decode_rows(state, rows.data())) throw InputError("{}", state.message);

  const bool wide = png_get_bit_depth(state.png, state.info) == 16;
  const auto level = [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    return static_cast<Real>(wide ? block[2 * at] << 8 | block[2 * at + 1] : block[at]);
  };
  const Index count = pixels.size() / channels;
  for (Index pixel = 0; pixel < count; ++pixel) {
    for (Index c = 0; c < channels; ++c)
      pixels[pixel * channels + c] = level(pixel * stored + c) / static_cast<Real>(white);
  }
  // A chunk that announces transparency may be damaged, and is left out then.
  for (Index pixel = 0; pixel < alpha.size(); ++pixel)
    alpha[pixel] = stored > channels ? level(pixel * stored + channels) / (wide ? 65535 : 255) : 1;
}

Bytes encode(ConstView pixels, const WriteOptions& options) {
  const bool wide = options.bits == 16;
  const ImageInfo image{.height = pixels.shape[0],
                        .width = pixels.shape[1],
                        .channels = pixels.shape[2],
                        .bits = options.bits,
                        .alpha = options.alpha.size() > 0};
  const std::size_t stride =
      static_cast<std::size_t>(image.width * (image.channels + image.alpha)) * (wide ? 2 : 1);
  Bytes block(static_cast<std::size_t>(image.height) * stride);
  std::uint8_t* next = block.data();
  const auto append = [&](Real x, double top) {
    const std::uint16_t level = level_of(x, top);
    if (wide) *next++ = static_cast<std::uint8_t>(level >> 8);
    *next++ = static_cast<std::uint8_t>(level);
  };
  const double colour_top = options.top(), alpha_top = largest_level(options.bits);
  const Real* colour = pixels.data;
  for (Index pixel = 0; pixel < image.height * image.width; ++pixel) {
    for (Index c = 0; c < image.channels; ++c) append(*colour++, colour_top);
    if (image.alpha) append(options.alpha[pixel], alpha_top);
  }
  std::vector<png_bytep> rows = rows_of(block, image.height, stride);
  Bytes file;
  Encoding state{.file = &file};
  state.png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, on_error<Encoding>, on_warning);
  if (!state.png) throw RunError("libpng does not start");
  state.info = png_create_info_struct(state.png);
  const bool done = encode_rows(state, image, rows.data());
  png_destroy_write_struct(&state.png, &state.info);
  if (!done) throw RunError("{}", state.message);
  return file;
}

}  // namespace adjoint::png
