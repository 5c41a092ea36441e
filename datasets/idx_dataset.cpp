#include "datasets/idx_dataset.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kImagesMagic = 0x00000803;  // unsigned bytes, three dimensions
constexpr std::uint32_t kLabelsMagic = 0x00000801;  // unsigned bytes, one dimension
constexpr std::size_t kHeaderBytes = 16;

/// A file that is read from its beginning; zlib passes through what is not compressed.
class GzipFile {
 public:
  explicit GzipFile(const fs::path& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) throw InputError("cannot open '{}': {}", path.string(), std::strerror(errno));
    gzbuffer(file_, 1 << 17);
  }
  ~GzipFile() { gzclose(file_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  /// Reads up to `size` bytes; fewer where the file ends, even in the middle of compressed data.
  std::size_t read(std::uint8_t* to, std::size_t size) {
    const int got = gzread(file_, to, static_cast<unsigned>(size));
    int code = Z_OK;
    const std::string_view message = gzerror(file_, &code);
    if (got < 0 && code == Z_ERRNO) {
      throw InputError("cannot read '{}': {}", path_.string(), std::strerror(errno));
    }
    if (got < 0 && code != Z_BUF_ERROR) {
      // zlib's message begins with the path.
      throw InputError("'{}' is damaged: {}", path_.string(),
                       message.substr(message.rfind(": ") + 2));
    }
    return static_cast<std::size_t>(std::max(got, 0));
  }
  /// Whether the last read() met the end of the file inside compressed data.
  bool ends_early() {
    int code = Z_OK;
    gzerror(file_, &code);
    return code == Z_BUF_ERROR;
  }
  /// Appends `size` more bytes to a vector, which grows as they arrive: a header that lies about
  /// them costs no memory. Returns how many there were.
  std::size_t append(std::vector<std::uint8_t>& bytes, std::size_t size) {
    std::size_t total = 0;
    while (total < size) {
      const std::size_t step = std::min(size - total, std::size_t{1} << 22);
      bytes.resize(total + step);
      const std::size_t got = read(bytes.data() + total, step);
      total += got;
      if (got < step) break;
    }
    bytes.resize(total);
    return total;
  }

 private:
  fs::path path_;
  gzFile file_;
};

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

IdxDataset::IdxDataset(const fs::path& path, Index limit) {
  const std::string name = path.string();
  GzipFile file(path);
  std::array<std::uint8_t, kHeaderBytes> header{};
  const std::size_t header_read = file.read(header.data(), kHeaderBytes);
  const std::uint32_t magic = big_endian(header.data());
  if (header_read >= 4 && magic == kLabelsMagic) {
    throw InputError("'{}' holds labels; give the file of the images beside it", name);
  }
  if (header_read >= 4 && magic != kImagesMagic) {
    throw InputError(
        "'{}' is not an IDX file of images: expected it to begin with 0x{:08x} (unsigned bytes, "
        "three dimensions), got 0x{:08x}",
        name, kImagesMagic, magic);
  }
  if (header_read < kHeaderBytes) {
    throw InputError("'{}' is truncated: expected a header of {} bytes, got {}", name, kHeaderBytes,
                     header_read);
  }
  count_ = big_endian(&header[4]);
  height_ = big_endian(&header[8]);
  width_ = big_endian(&header[12]);
  constexpr Index kMaxExtent = 1 << 16;
  if (count_ < 1 || height_ < 1 || width_ < 1 || height_ > kMaxExtent || width_ > kMaxExtent) {
    throw InputError("'{}' is damaged: its header announces {} images of {}x{} pixels", name,
                     count_, height_, width_);
  }
  const bool all = limit == 0 || limit >= count_;
  if (!all) count_ = limit;
  const auto expected = static_cast<std::size_t>(count_ * height_ * width_);
  const std::size_t got = file.append(pixels_, expected);
  if (got < expected) {
    throw InputError("'{}' is truncated: expected {} bytes of pixels ({} images of {}x{}), got {}",
                     name, expected, count_, height_, width_, got);
  }
  if (!all) return;
  // Reading on makes zlib compare its checksum, too.
  std::uint8_t beyond = 0;
  if (file.read(&beyond, 1) != 0) {
    throw InputError(
        "'{}' is damaged: it goes on after the {} images of {}x{} pixels that its header announces",
        name, count_, height_, width_);
  }
  if (file.ends_early()) throw InputError("'{}' is truncated: its checksum is missing", name);
}

void IdxDataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  const Index size = height_ * width_;
  const std::uint8_t* from = pixels_.data() + index * size;
  for (Index i = 0; i < size; ++i) sample[i] = static_cast<Real>(from[i]) / 255;
}

fs::path find_idx_images(const fs::path& path, const std::string& which) {
  if (!fs::is_directory(path)) return path;
  const std::string name = (which == "test" ? "t10k" : "train") + std::string("-images-idx3-ubyte");
  for (const char* ending : {"", ".gz"}) {
    if (const fs::path file = path / (name + ending); fs::exists(file)) return file;
  }
  throw InputError("the folder '{}' holds neither '{}' nor '{}.gz'", path.string(), name, name);
}

}  // namespace adjoint
