#include "datasets/formats/npy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "datasets/folder.hpp"
#include "datasets/formats/file_bytes.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

}  // namespace

NpyFile::NpyFile(const fs::path& path)
    : path_(path),
      header_(parse_npy_head(read_bytes(path.string(), kLongestNpyHead), path.string())) {
  if (header_.fortran_order) {
    throw InputError("'{}' is in Fortran order; save it with numpy.ascontiguousarray",
                     path.string());
  }
  check_npy_size(header_, path.string(), size_of_file(path));
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) throw InputError("cannot read '{}': {}", path.string(), std::strerror(errno));
}

NpyFile::~NpyFile() {
  ::close(file_);
}

Levels NpyFile::levels(double white) const {
  const int bits = header_.type->level_bits;
  if (bits != 0) return {.bits = bits, .white = white_level(bits, white)};
  if (white > 0) return {.bits = 32, .white = white};
  throw InputError(
      "'{}' holds elements of type '{}'; images are '<f4', '<f8' (in [0, 1]), '|u1' or '<u2': "
      "convert it with numpy's astype, or say which number is white (data.white, --white)",
      path_.string(), header_.type->name);
}

void NpyFile::read(Index first, View to) const {
  // In pieces through a small buffer, so that no read allocates.
  std::uint8_t buffer[1 << 14];
  const Index at_once = static_cast<Index>(sizeof buffer) / header_.type->bytes;
  for (Index done = 0; done < to.size();) {
    const Index count = std::min(at_once, to.size() - done);
    const auto bytes = static_cast<std::size_t>(count * header_.type->bytes);
    const Index position = header_.offset + (first + done) * header_.type->bytes;
    if (::pread(file_, buffer, bytes, position) != static_cast<ssize_t>(bytes)) {
      throw InputError("cannot read '{}': it became shorter, or: {}", path_.string(),
                       std::strerror(errno));
    }
    header_.type->convert({buffer, bytes}, to.data + done);
    done += count;
  }
}

Tensor read_npy(const fs::path& path) {
  const NpyFile file(path);
  Tensor array = make_tensor(file.header().shape);
  file.read(0, view(array));
  return array;
}

void write_npy(const fs::path& path, ConstView array) {
  const std::string head = npy_head(array.shape);
  static_assert(std::is_same_v<Real, float>);
  write_atomically(path.string(), {std::as_bytes(std::span(head)), std::as_bytes(array.flat())});
}

}  // namespace adjoint
