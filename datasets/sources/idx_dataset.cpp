#include "datasets/sources/idx_dataset.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "datasets/folder.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Content of a file: unsigned bytes in up to so many dimensions.
struct IdxKind {
  const char* name;
  const char* dimensions;
  std::uint32_t magic;
  int axes;
};
constexpr IdxKind kImages{"images", "three dimensions", 0x00000803, 3};
constexpr IdxKind kLabels{"labels", "one dimension", 0x00000801, 1};

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

struct IdxArray {
  std::vector<Index> extents;  // the first one up to the limit
  Index announced = 0;         // the first one in the file
  std::vector<std::uint8_t> bytes;
};

/// Reads a file of one kind, up to `limit` of its first axis; 0: all.
IdxArray read_idx(const fs::path& path, const IdxKind& kind, Index limit) {
  const std::string name = path.string();
  GzipFile file(path);
  const std::size_t header_bytes = 4 + 4 * static_cast<std::size_t>(kind.axes);
  std::array<std::uint8_t, 16> header{};
  const std::size_t header_read = file.read(header.data(), header_bytes);
  const std::uint32_t magic = big_endian(header.data());
  if (header_read >= 4 && magic == kLabels.magic && magic != kind.magic) {
    throw InputError("'{}' holds labels; give the file of the images beside it", name);
  }
  if (header_read >= 4 && magic != kind.magic) {
    throw InputError(
        "'{}' is not an IDX file of {}: expected it to begin with 0x{:08x} (unsigned bytes, {}), "
        "got 0x{:08x}",
        name, kind.name, kind.magic, kind.dimensions, magic);
  }
  if (header_read < header_bytes) {
    throw InputError("'{}' is truncated: expected a header of {} bytes, got {}", name, header_bytes,
                     header_read);
  }
  IdxArray array;
  for (int axis = 0; axis < kind.axes; ++axis)
    array.extents.push_back(big_endian(&header[4 + 4 * static_cast<std::size_t>(axis)]));
  const auto announced = [&] {
    return array.extents.size() == 1 ? fmt::format("{} {}", array.announced, kind.name)
                                     : fmt::format("{} images of {}x{}", array.announced,
                                                   array.extents[1], array.extents[2]);
  };
  array.announced = array.extents[0];
  constexpr Index kMaxExtent = 1 << 16;
  std::size_t item = 1;  // bytes: at most 2^32, and below 2^64 with the count of 32 bits
  bool possible = array.announced >= 1;
  for (std::size_t axis = 1; axis < array.extents.size(); ++axis) {
    possible = possible && array.extents[axis] >= 1 && array.extents[axis] <= kMaxExtent;
    if (possible) item *= static_cast<std::size_t>(array.extents[axis]);
  }
  if (!possible) {
    throw InputError("'{}' is damaged: its header announces {}", name, announced());
  }
  const bool all = limit == 0 || limit >= array.announced;
  if (!all) array.extents[0] = limit;
  const std::size_t expected = static_cast<std::size_t>(array.extents[0]) * item;
  const std::size_t got = file.append(array.bytes, expected);
  if (got < expected) {
    throw InputError("'{}' is truncated: expected {} bytes of {} ({}), got {}", name, expected,
                     kind.axes == 1 ? "labels" : "pixels", announced(), got);
  }
  if (!all) return array;
  // Reading on makes zlib compare its checksum, too.
  std::uint8_t beyond = 0;
  if (file.read(&beyond, 1) != 0) {
    throw InputError("'{}' is damaged: it goes on after the {} that its header announces", name,
                     announced());
  }
  if (file.ends_early()) throw InputError("'{}' is truncated: its checksum is missing", name);
  return array;
}

std::string images_name(FileSet which) {
  return which == FileSet::test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte";
}

/// The file or its compressed form; empty if neither is there.
fs::path plain_or_compressed(const fs::path& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    if (fs::path file = folder / (name + ending); is_there(file)) return file;
  }
  return {};
}

}  // namespace

void IdxSource::keys(Keys& key) {
  key("which", which, "training or test file of a folder like MNIST's");
}

DatasetPtr IdxSource::open(const SourcePlace& place) const {
  return std::make_shared<IdxDataset>(find_idx_images(place.found(), which), place.limit);
}

IdxDataset::IdxDataset(const fs::path& path, Index limit) {
  IdxArray images = read_idx(path, kImages, limit);
  count_ = images.extents[0];
  height_ = images.extents[1];
  width_ = images.extents[2];
  pixels_ = std::move(images.bytes);
  const fs::path labels_path = find_idx_labels(path);
  if (labels_path.empty()) return;
  IdxArray labels = read_idx(labels_path, kLabels, limit);
  if (labels.announced != images.announced) {
    throw InputError("'{}' holds {} labels, but '{}' holds {} images", labels_path.string(),
                     labels.announced, path.filename().string(), images.announced);
  }
  labels_ = std::move(labels.bytes);
}

Index IdxDataset::label(Index index) const {
  return labels_.empty() ? kNoLabel : labels_[static_cast<std::size_t>(index)];
}

void IdxDataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  const Index size = height_ * width_;
  const std::uint8_t* from = pixels_.data() + index * size;
  for (Index i = 0; i < size; ++i) sample[i] = static_cast<Real>(from[i]) / 255;
}

bool is_idx_file(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".gz") || name.ends_with("-ubyte");
}

bool is_idx_data(const std::string& path) {
  if (!is_folder(path)) return is_idx_file(path);
  return !plain_or_compressed(path, images_name(FileSet::train)).empty() ||
         !plain_or_compressed(path, images_name(FileSet::test)).empty();
}

fs::path find_idx_images(const fs::path& path, FileSet which) {
  if (!is_folder(path)) return path;
  const std::string name = images_name(which);
  fs::path file = plain_or_compressed(path, name);
  if (file.empty())
    throw InputError("the folder '{}' holds neither '{}' nor '{}.gz'", path.string(), name, name);
  return file;
}

std::vector<std::uint8_t> read_idx_labels(const fs::path& file) {
  return read_idx(file, kLabels, 0).bytes;
}

fs::path find_idx_labels(const fs::path& images) {
  constexpr std::string_view kImagesPart = "images-idx3";
  std::string name = images.filename().string();
  const std::size_t at = name.find(kImagesPart);
  if (at == std::string::npos) return {};
  name.replace(at, kImagesPart.size(), "labels-idx1");
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return plain_or_compressed(images.parent_path(), name);
}

}  // namespace adjoint
