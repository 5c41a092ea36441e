#include "datasets/formats/jpeg_format.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>

#include <jerror.h>

#include "datasets/formats/orientation.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint::jpeg {
namespace {

constexpr std::uint8_t kSignature[3] = {0xFF, 0xD8, 0xFF};
constexpr char kExif[] = "Exif\0";  // and one more zero: what its segment begins with
constexpr const char* kTruncated = "truncated: the file ends too early";

// libjpeg reports errors by calling error_exit, which must not return. It jumps, which destroys no
// C++ object, so every function below that calls setjmp holds plain data only; its callers own the
// memory.

struct Errors {
  jpeg_error_mgr manager{};  // first: libjpeg hands this pointer back
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void on_error(j_common_ptr codec) {
  auto* errors = reinterpret_cast<Errors*>(codec->err);
  codec->err->format_message(codec, errors->message);
  std::longjmp(errors->jump, 1);
}

/// Whether a warning means that pixels were lost.
bool is_damage(int code) {
  switch (code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

void on_message(j_common_ptr codec, int level) {
  if (level < 0 && is_damage(codec->err->msg_code)) on_error(codec);
}

void set_up(Errors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = on_error;
  errors.manager.emit_message = on_message;
}

struct Decoding {
  jpeg_decompress_struct codec{};
  jpeg_source_mgr source{};
  Errors errors;
};

struct Encoding {
  jpeg_compress_struct codec{};
  Errors errors;
  unsigned char* file = nullptr;  // libjpeg's, by malloc
  unsigned long size = 0;
};

// The bytes in memory are all that there is: where more are wanted, libjpeg returns to its caller.
void on_source(j_decompress_ptr /*codec*/) {}
boolean on_empty(j_decompress_ptr /*codec*/) {
  return FALSE;
}
void on_skip(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  const std::size_t skipped =
      std::min(static_cast<std::size_t>(count), codec->src->bytes_in_buffer);
  codec->src->next_input_byte += skipped;
  codec->src->bytes_in_buffer -= skipped;
}

enum class Result { done, more, failed };

Result read_header(Decoding& state, const std::uint8_t* bytes, std::size_t size) {
  if (setjmp(state.errors.jump)) return Result::failed;
  jpeg_create_decompress(&state.codec);
  state.source.next_input_byte = bytes;
  state.source.bytes_in_buffer = size;
  state.source.init_source = on_source;
  state.source.fill_input_buffer = on_empty;
  state.source.skip_input_data = on_skip;
  state.source.resync_to_restart = jpeg_resync_to_restart;
  state.source.term_source = on_source;
  state.codec.src = &state.source;
  jpeg_save_markers(&state.codec, JPEG_APP0 + 1, 0xFFFF);  // where EXIF stands
  return jpeg_read_header(&state.codec, TRUE) == JPEG_SUSPENDED ? Result::more : Result::done;
}

/// Decodes into rows of width * channels bytes.
Result decode_rows(Decoding& state, int channels, std::uint8_t* rows) {
  if (setjmp(state.errors.jump)) return Result::failed;
  state.codec.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  if (!jpeg_start_decompress(&state.codec)) return Result::more;
  const std::size_t stride =
      static_cast<std::size_t>(state.codec.output_width) * static_cast<std::size_t>(channels);
  while (state.codec.output_scanline < state.codec.output_height) {
    JSAMPROW row = rows + state.codec.output_scanline * stride;
    if (jpeg_read_scanlines(&state.codec, &row, 1) == 0) return Result::more;
  }
  return jpeg_finish_decompress(&state.codec) ? Result::done : Result::more;
}

bool encode_rows(Encoding& state, const ImageInfo& image, const EncodeOptions& options,
                 std::uint8_t* rows) {
  if (setjmp(state.errors.jump)) return false;
  jpeg_create_compress(&state.codec);
  jpeg_mem_dest(&state.codec, &state.file, &state.size);
  state.codec.image_width = static_cast<JDIMENSION>(image.width);
  state.codec.image_height = static_cast<JDIMENSION>(image.height);
  state.codec.input_components = static_cast<int>(image.channels);
  state.codec.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&state.codec);
  jpeg_set_quality(&state.codec, options.quality, TRUE);
  const int factor = options.subsampling && image.channels == 3 ? 2 : 1;
  state.codec.comp_info[0].h_samp_factor = state.codec.comp_info[0].v_samp_factor = factor;
  jpeg_start_compress(&state.codec, TRUE);
  const std::size_t stride = static_cast<std::size_t>(image.width * image.channels);
  while (state.codec.next_scanline < state.codec.image_height) {
    JSAMPROW row = rows + state.codec.next_scanline * stride;
    jpeg_write_scanlines(&state.codec, &row, 1);
  }
  jpeg_finish_compress(&state.codec);
  return true;
}

/// A decoder with the head of one file.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> file) {
    set_up(state_.errors);
    state_.codec.err = &state_.errors.manager;
    result_ = read_header(state_, file.data(), file.size());
    // The destructor does not run if this throws.
    if (result_ == Result::failed) jpeg_destroy_decompress(&state_.codec);
    check(result_);
  }
  ~Decoder() { jpeg_destroy_decompress(&state_.codec); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  std::optional<ImageInfo> info() const {
    if (result_ == Result::more) return std::nullopt;
    const int channels = state_.codec.num_components;
    if (channels == 4) {
      throw InputError(
          "its colours are CMYK, for print; expected gray or RGB: convert it first, for example "
          "with ImageMagick's `convert IN -colorspace sRGB OUT`");
    }
    if (channels != 1 && channels != 3)
      throw InputError("it has {} channels; expected 1 (gray) or 3 (RGB)", channels);
    return ImageInfo{.height = state_.codec.image_height,
                     .width = state_.codec.image_width,
                     .channels = channels,
                     .bits = 8,
                     .orientation = orientation()};
  }
  void decode(int channels, std::uint8_t* rows) {
    if (result_ == Result::done) result_ = decode_rows(state_, channels, rows);
    check(result_);
    if (result_ == Result::more) throw InputError(kTruncated);
  }

 private:
  int orientation() const {
    for (auto segment = state_.codec.marker_list; segment; segment = segment->next) {
      const std::span data(segment->data, segment->data_length);
      if (segment->marker == JPEG_APP0 + 1 && data.size() >= sizeof kExif &&
          std::equal(std::begin(kExif), std::end(kExif), data.begin()))
        return exif_orientation(data.subspan(sizeof kExif));
    }
    return 1;
  }
  void check(Result result) const {
    if (result == Result::failed) throw InputError("damaged: {}", state_.errors.message);
  }

  Decoding state_;
  Result result_;
};

}  // namespace

bool recognizes(std::span<const std::uint8_t> head) {
  return head.size() >= sizeof kSignature &&
         std::equal(std::begin(kSignature), std::end(kSignature), head.begin());
}

std::optional<ImageInfo> info(std::span<const std::uint8_t> head) {
  return Decoder(head).info();
}

void decode(std::span<const std::uint8_t> file, double white, View pixels) {
  Bytes rows(static_cast<std::size_t>(pixels.size()));
  Decoder(file).decode(static_cast<int>(pixels.shape[2]), rows.data());
  std::transform(rows.begin(), rows.end(), pixels.data, [&](std::uint8_t level) {
    return static_cast<Real>(level) / static_cast<Real>(white);
  });
}

Bytes encode(ConstView pixels, const WriteOptions& options) {
  return encode(pixels, EncodeOptions{.white = options.top()});
}

Bytes encode(ConstView pixels, const EncodeOptions& options) {
  const ImageInfo image{
      .height = pixels.shape[0], .width = pixels.shape[1], .channels = pixels.shape[2]};
  Bytes rows(static_cast<std::size_t>(pixels.size()));
  std::transform(pixels.data, pixels.data + pixels.size(), rows.begin(),
                 [&](Real x) { return static_cast<std::uint8_t>(level_of(x, options.white)); });
  Encoding state;
  set_up(state.errors);
  state.codec.err = &state.errors.manager;
  struct Cleanup {
    Encoding& state;
    ~Cleanup() {
      jpeg_destroy_compress(&state.codec);
      std::free(state.file);
    }
  } const cleanup{state};
  if (!encode_rows(state, image, options, rows.data())) throw RunError("{}", state.errors.message);
  return {state.file, state.file + state.size};
}

}  // namespace adjoint::jpeg
