#include "datasets/image_file.hpp"

#include <algorithm>
#include <cctype>

#include "datasets/file_bytes.hpp"
#include "datasets/png_format.hpp"
#include "framework/checkpoint/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// So many bytes tell every format and its size.
constexpr std::size_t kHeadBytes = png::kHeadBytes;

/// Every format that is read. To add one, write its functions beside png_format.hpp and name it
/// here.
struct Format {
  const char* name;
  const char* extension;
  bool (*recognizes)(std::span<const std::uint8_t> head);
  ImageInfo (*info)(std::span<const std::uint8_t> head);
  void (*decode)(std::span<const std::uint8_t> file, View pixels);
};
constexpr Format kFormats[] = {{"PNG", ".png", png::recognizes, png::info, png::decode}};

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
  if (head.empty()) throw InputError("'{}' is empty: expected a PNG image", path.string());
  throw InputError("'{}' is not a PNG image", path.string());
}

ImageInfo checked_info(const Format& format, std::span<const std::uint8_t> head) {
  const ImageInfo info = format.info(head);
  // In floating point, because the product may not fit an integer.
  const double elements = static_cast<double>(info.height) * static_cast<double>(info.width) *
                          static_cast<double>(info.channels);
  if (elements > static_cast<double>(kMaxImageElements)) {
    throw InputError("it announces {}x{} pixels; images of more than {} numbers are not read",
                     info.height, info.width, kMaxImageElements);
  }
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
  const Bytes head = read_bytes(path, kHeadBytes);
  const Format& format = format_of(head, path);
  return naming(format, path, [&] { return checked_info(format, head); });
}

Image read_image(const fs::path& path) {
  const Bytes file = read_bytes(path);
  const Format& format = format_of(file, path);
  return naming(format, path, [&] {
    const ImageInfo info = checked_info(format, file);
    Image image{.pixels = make_tensor(info.shape()), .bits = info.bits};
    format.decode(file, view(image.pixels));
    return image;
  });
}

void write_image(const fs::path& path, ConstView pixels, int bits) {
  if (lower_extension(path) != ".png") {
    throw InputError("cannot write '{}': images are written as .png", path.string());
  }
  const Shape& shape = pixels.shape;
  if (shape.rank() != 3 || shape.size() < 1 || (shape[2] != 1 && shape[2] != 3)) {
    throw InputError("cannot write '{}': expected (height, width, 1 or 3 channels), got {}",
                     path.string(), to_string(shape));
  }
  if (bits != 8 && bits != 16) {
    throw InputError("cannot write '{}': expected 8 or 16 bits, got {}", path.string(), bits);
  }
  const Bytes png = png::encode(pixels, bits);
  write_atomically(path.string(), {std::as_bytes(std::span(png))});
}

bool has_image_extension(const fs::path& path) {
  const std::string extension = lower_extension(path);
  return std::any_of(std::begin(kFormats), std::end(kFormats),
                     [&](const Format& format) { return extension == format.extension; });
}

}  // namespace adjoint
