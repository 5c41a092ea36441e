#include "datasets/png_format.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "framework/tensor/error.hpp"

namespace adjoint::png {
namespace {

constexpr std::uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kHeadBytes = 33;  // signature and IHDR

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
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_write_fn(state.png, &state, on_write, on_flush);
  png_set_IHDR(state.png, state.info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), image.bits,
               image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
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
  const ImageInfo image{.height = png_get_uint_32(&head[20]),
                        .width = png_get_uint_32(&head[16]),
                        .channels = (colour & PNG_COLOR_MASK_COLOR) ? 3 : 1,
                        .bits = depth == 16 ? 16 : 8};
  if (image.height < 1 || image.width < 1)
    throw InputError("damaged: its size is {}x{}", image.height, image.width);
  return image;
}

void decode(std::span<const std::uint8_t> file, View pixels) {
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
  const auto value = [&](std::size_t i) {
    return wide ? static_cast<Real>(block[2 * i] << 8 | block[2 * i + 1]) / 65535
                : static_cast<Real>(block[i]) / 255;
  };
  const bool has_alpha = stored > channels;
  for (Index pixel = 0; pixel < pixels.size() / channels; ++pixel) {
    const auto first = static_cast<std::size_t>(pixel * stored);
    const Real alpha = has_alpha ? value(first + static_cast<std::size_t>(channels)) : 1;
    for (Index c = 0; c < channels; ++c) {
      const Real colour = value(first + static_cast<std::size_t>(c));
      pixels[pixel * channels + c] = has_alpha ? alpha * colour + (1 - alpha) : colour;
    }
  }
}

Bytes encode(ConstView pixels, int bits) {
  const ImageInfo image{.height = pixels.shape[0],
                        .width = pixels.shape[1],
                        .channels = pixels.shape[2],
                        .bits = bits};
  const bool wide = bits == 16;
  const std::size_t stride =
      static_cast<std::size_t>(image.width * image.channels) * (wide ? 2 : 1);
  Bytes block(static_cast<std::size_t>(image.height) * stride);
  for (std::size_t i = 0; i < static_cast<std::size_t>(pixels.size()); ++i) {
    // A value that is no number becomes 0.
    const Real x = pixels.data[i] > 0 ? std::min(pixels.data[i], Real{1}) : 0;
    const long level = std::lround(x * (wide ? 65535 : 255));
    if (wide) {
      block[2 * i] = static_cast<std::uint8_t>(level >> 8);
      block[2 * i + 1] = static_cast<std::uint8_t>(level);
    } else {
      block[i] = static_cast<std::uint8_t>(level);
    }
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
