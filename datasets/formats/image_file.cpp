#include "datasets/formats/image_file.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_format.hpp"
#include "datasets/formats/orientation.hpp"
#include "datasets/formats/tiff_format.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// So many bytes mostly tell format and size; before the size of a JPEG there may be anything.
constexpr std::size_t kHeadBytes = 4096;

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

const ImageFormat& format_of(std::span<const std::uint8_t> head, const fs::path& path) {
  for (const ImageFormat& format : image_formats()) {
    if (format.recognizes(head)) return format;
  }
  std::vector<std::string_view> names;
  for (const ImageFormat& format : image_formats()) names.emplace_back(format.name);
  throw InputError("'{}' is {}: expected one of {}", path.string(),
                   head.empty() ? "empty" : "no image of a known format", fmt::join(names, ", "));
}

/// The format that a name asks for; null if it asks for none.
const ImageFormat* format_named(const fs::path& path) {
  const std::string extension = lower_extension(path);
  for (const ImageFormat& format : image_formats()) {
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
std::optional<ImageInfo> checked_info(const ImageFormat& format,
                                      std::span<const std::uint8_t> bytes, bool all) {
  const std::optional<ImageInfo> info = format.info(bytes);
  if (info) check_size(*info);
  if (!info && all) throw InputError("truncated: it has {} bytes", bytes.size());
  return info;
}

void turn_upright(ImageInfo& info) {
  if (swaps_sides(info.orientation)) std::swap(info.height, info.width);
  info.orientation = 1;
}

/// Runs a function of one format and adds the file's name to what goes wrong.
template <class Function>
auto naming(const ImageFormat& format, const fs::path& path, Function function) {
  try {
    return function();
  } catch (const InputError& error) {
    throw InputError("'{}' is not a readable {} image: {}", path.string(), format.name,
                     error.what());
  }
}

}  // namespace

std::vector<ImageInfo> image_pages(const fs::path& path) {
  for (std::size_t limit = kHeadBytes;; limit *= 16) {
    const Bytes head = read_bytes(path, limit);
    const ImageFormat& format = format_of(head, path);
    if (format.pages) {
      const MappedFile file(path);
      return naming(format, path, [&] {
        std::vector<ImageInfo> pages = format.pages(file.bytes());
        std::ranges::for_each(pages, check_size);
        std::ranges::for_each(pages, turn_upright);
        return pages;
      });
    }
    std::optional<ImageInfo> info =
        naming(format, path, [&] { return checked_info(format, head, head.size() < limit); });
    if (!info) continue;
    turn_upright(*info);
    return {*info};
  }
}

ImageInfo image_info(const fs::path& path) {
  return image_pages(path).front();
}

Image read_image(const fs::path& path, Index page, double white) {
  Bytes bytes = read_bytes(path, kHeadBytes);
  const ImageFormat& format = format_of(bytes, path);
  std::optional<MappedFile> mapped;
  if (format.page) {
    mapped.emplace(path);
  } else if (bytes.size() == kHeadBytes) {
    bytes = read_bytes(path);
  }
  const std::span<const std::uint8_t> file = mapped ? mapped->bytes() : bytes;
  return naming(format, path, [&] {
    const std::optional<ImageInfo> info = format.page ? format.page(file, page)
                                          : page == 0 ? checked_info(format, file, true)
                                                      : std::nullopt;
    if (!info) throw InputError("it has no page {}", page);
    check_size(*info);
    Image image{.pixels = make_tensor(info->shape()),
                .bits = info->bits,
                .white = white_level(info->bits, white, info->white)};
    if (info->alpha) image.alpha = make_tensor({info->height, info->width, 1});
    format.decode(file, page, image.white, view(image.pixels),
                  image.alpha ? view(*image.alpha) : View{});
    image.pixels = upright(std::move(image.pixels), info->orientation);
    if (image.alpha) image.alpha = upright(std::move(*image.alpha), info->orientation);
    return image;
  });
}

namespace {

/// The format that a name asks for, if it can hold these pixels.
const ImageFormat& format_for(const fs::path& path, ConstView pixels, const WriteOptions& options) {
  const ImageFormat* format = format_named(path);
  if (!format) {
    throw InputError("cannot write '{}': images are written as {}", path.string(),
                     image_extensions());
  }
  const Shape& shape = pixels.shape;
  if (shape.rank() != 3 || shape.size() < 1 || (shape[2] != 1 && shape[2] != 3)) {
    throw InputError("cannot write '{}': expected (height, width, 1 or 3 channels), got {}",
                     path.string(), to_string(shape));
  }
  if (options.bits != 8 && options.bits != 16 && options.bits != 32) {
    throw InputError("cannot write '{}': expected 8, 16 or 32 bits, got {}", path.string(),
                     options.bits);
  }
  if (options.alpha && !(options.alpha.shape == Shape{shape[0], shape[1], 1})) {
    throw InputError("cannot write '{}': the alpha of {} is {}", path.string(), to_string(shape),
                     to_string(options.alpha.shape));
  }
  return *format;
}

/// Composites an image with alpha over white.
Tensor on_white(ConstView pixels, ConstView alpha) {
  Tensor seen = copy_of(pixels);
  const Index channels = pixels.shape[2];
  for (Index i = 0; i < pixels.size(); ++i) {
    const Real opaque = alpha[i / channels];
    seen.data()[i] = opaque * pixels[i] + (1 - opaque);
  }
  return seen;
}

void write_file(const fs::path& path, const Bytes& file) {
  write_atomically(path.string(), {std::as_bytes(std::span(file))});
}

}  // namespace

void write_image(const fs::path& path, ConstView pixels, int bits) {
  write_image(path, pixels, {.bits = bits});
}

void write_image(const fs::path& path, ConstView pixels, const WriteOptions& options) {
  const ImageFormat& format = format_for(path, pixels, options);
  WriteOptions how = options;
  how.bits = std::min(options.bits, format.bits);
  if (options.alpha && !format.alpha) {
    how.alpha = {};
    const Tensor seen = on_white(pixels, options.alpha);
    return write_file(path, format.encode(view(seen), how));
  }
  write_file(path, format.encode(pixels, how));
}

int most_bits(const fs::path& path) {
  const ImageFormat* format = format_named(path);
  return format ? format->bits : 0;
}

bool holds_several_images(const fs::path& path) {
  const ImageFormat* format = format_named(path);
  return format && format->page;
}

struct ImageStack::Impl {
  fs::path path;
  tiff::Encoder encoder;  // TIFF is the only format of several images
};

ImageStack::ImageStack(const fs::path& path, Index numbers) {
  if (!holds_several_images(path))
    throw InputError("cannot write several images to '{}': a .tif holds them", path.string());
  // 4 bytes each at most; room for the tags, and for what does not become smaller.
  const bool large = numbers > (Index{7} << 27);
  impl_ = std::unique_ptr<Impl>(new Impl{path, tiff::Encoder(large)});
}

ImageStack::~ImageStack() = default;

void ImageStack::add(ConstView pixels, const WriteOptions& options) {
  format_for(impl_->path, pixels, options);
  impl_->encoder.add(pixels, options);
}

void ImageStack::finish() {
  write_file(impl_->path, impl_->encoder.finish());
}

bool has_image_extension(const fs::path& path) {
  return format_named(path) != nullptr;
}

std::string image_extensions() {
  std::vector<std::string_view> all;
  for (const ImageFormat& format : image_formats())
    all.insert(all.end(), format.extensions.begin(), format.extensions.end());
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace adjoint
