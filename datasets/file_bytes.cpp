#include "datasets/file_bytes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// An open file that is closed on every way out.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

bool write_all(int file, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_parts(const fs::path& path, std::initializer_list<std::span<const std::uint8_t>> parts) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (file < 0) return false;
  for (const auto part : parts) {
    if (!write_all(file, part)) return false;
  }
  return ::fsync(file) == 0;
}

}  // namespace

Bytes read_bytes(const fs::path& path, std::size_t limit) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  Bytes bytes;
  std::size_t size = 0;
  ssize_t got = file < 0 ? -1 : 1;
  while (got > 0 && size < limit) {
    bytes.resize(std::min(limit, std::max(2 * size, std::size_t{1} << 16)));
    got = ::read(file, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR)
      got = 1;
    else if (got > 0)
      size += static_cast<std::size_t>(got);
  }
  if (got < 0) throw InputError("cannot read '{}': {}", path.string(), std::strerror(errno));
  bytes.resize(size);
  return bytes;
}

void write_bytes(const fs::path& path, std::initializer_list<std::span<const std::uint8_t>> parts) {
  fs::path unfinished = path;
  unfinished += ".unfinished";
  if (write_parts(unfinished, parts) && std::rename(unfinished.c_str(), path.c_str()) == 0) return;
  const int reason = errno;
  ::unlink(unfinished.c_str());
  throw RunError("cannot write '{}': {}", path.string(), std::strerror(reason));
}

}  // namespace adjoint
