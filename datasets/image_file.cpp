#include "datasets/image_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "datasets/file_bytes.hpp"
#include "datasets/jpeg_format.hpp"
#include "datasets/png_format.hpp"
#include "framework/checkpoint/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// So many bytes mostly tell format and size; before the size of a JPEG there may be anything.
constexpr std::size_t kHeadBytes = 4096;

/// Every format that is read and written. To add one, write its functions beside png_format.hpp and
/// name it here.
struct Format {
  const char* name;
  std::array<std::string_view, 2> extensions;
  bool (*recognizes)(std::span<const std::uint8_t> head);
  std::optional<ImageInfo> (*info)(std::span<const std::uint8_t> head);
  void (*decode)(std::span<const std::uint8_t> file, View pixels);
  Bytes (*encode)(ConstView pixels, int bits);
};
constexpr Format kFormats[] = {
    {"PNG", {".png", ".png"}, png::recognizes, png::info, png::decode, png::encode},
    {"JPEG", {".jpg", ".jpeg"}, jpeg::recognizes, jpeg::info, jpeg::decode, jpeg::encode}};

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

const Format& format_of(std::span<const std::uint8_t> head, const fs::path& path) {
  for (const Format& format : kFormats) {
    if (format.recognizes(head)) return format;
  }
  if (head.empty()) throw InputError("'{}' is empty: expected a PNG or JPEG image", path.string());
  throw InputError("'{}' is neither a PNG nor a JPEG image", path.string());
}

/// The format that a name asks for; null if it asks for none.
const Format* format_named(const fs::path& path) {
  const std::string extension = lower_extension(path);
  for (const Format& format : kFormats) {
    if (std::ranges::find(format.extensions, extension) != format.extensions.end()) return &format;
  }
  return nullptr;
}

void check_size(const ImageInfo& info) {
  // In floating point, because the product may not fit an integer.
  const double elements = static_cast<double>(info.height) * static_cast<double>(info.width) *
                          static_cast<double>(info.channels);
  if (elements > static_cast<double>(kMaxImageElements)) {
    throw InputError("it announces {}x{} pixels; images of more than {} numbers are not read",
                     info.height, info.width, kMaxImageElements);
  }
}

/// Nothing if the bytes do not tell; throws if they are all that there is.
std::optional<ImageInfo> checked_info(const Format& format, std::span<const std::uint8_t> bytes,
                                      bool all) {
  const std::optional<ImageInfo> info = format.info(bytes);
  if (info) check_size(*info);
  if (!info && all) throw InputError("truncated: it has {} bytes", bytes.size());
  return info;
}

/// Runs a function of one format and adds the file's name to what goes wrong.
template <class Function>
auto naming(const Format& format, const fs::path& path, Function function) {
  try {
    return function();
  } catch (const InputError& error) {
    throw InputError("'{}' is not a readable {} image: {}", path.string(), format.name,
                     error.what());
  }
}

}  // namespace

ImageInfo image_info(const fs::path& path) {
  for (std::size_t limit = kHeadBytes;; limit *= 16) {
    const Bytes head = read_bytes(path, limit);
    const Format& format = format_of(head, path);
    const std::optional<ImageInfo> info =
        naming(format, path, [&] { return checked_info(format, head, head.size() < limit); });
    if (info) return *info;
  }
}

Image read_image(const fs::path& path) {
  const Bytes file = read_bytes(path);
  const Format& format = format_of(file, path);
  return naming(format, path, [&] {
    const ImageInfo info = *checked_info(format, file, true);
    Image image{.pixels = make_tensor(info.shape()), .bits = info.bits};
    format.decode(file, view(image.pixels));
    return image;
  });
}

void write_image(const fs::path& path, ConstView pixels, int bits) {
  const Format* format = format_named(path);
  if (!format) {
    throw InputError("cannot write '{}': images are written as .png, .jpg or .jpeg", path.string());
  }
  const Shape& shape = pixels.shape;
  if (shape.rank() != 3 || shape.size() < 1 || (shape[2] != 1 && shape[2] != 3)) {
    throw InputError("cannot write '{}': expected (height, width, 1 or 3 channels), got {}",
                     path.string(), to_string(shape));
  }
  if (bits != 8 && bits != 16) {
    throw InputError("cannot write '{}': expected 8 or 16 bits, got {}", path.string(), bits);
  }
  const Bytes file = format->encode(pixels, bits);
  write_atomically(path.string(), {std::as_bytes(std::span(file))});
}

bool has_image_extension(const fs::path& path) {
  return format_named(path) != nullptr;
}

}  // namespace adjoint
