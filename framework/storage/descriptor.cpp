#include "framework/storage/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace adjoint {

void Descriptor::reset(int fd) {
  close();
  fd_ = fd;
}

bool Descriptor::close() {
  return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR;
}

std::size_t write_all(int fd, std::span<const std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        uninterrupted([&] { return ::write(fd, bytes.data() + done, bytes.size() - done); });
    if (count < 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(
      uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (fd < 0) return errno == EACCES;
  return uninterrupted([&] { return ::fsync(fd); }) == 0 || errno == EINVAL;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace adjoint
