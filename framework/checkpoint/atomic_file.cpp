#include "framework/checkpoint/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

std::string remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or write to another disk";
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a folder that exists and may be written";
    default:
      return "";
  }
}

[[noreturn]] void fail(const std::string& path, const char* step) {
  const int error = errno;
  throw RunError("cannot write {}: {}: {}{}", path, step, std::strerror(error), remedy(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  operator int() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

// A name that is removed again unless the file under it was renamed.
class TemporaryName {
 public:
  explicit TemporaryName(std::string name) : name_(std::move(name)) {}
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  const char* c_str() const { return name_.c_str(); }
  void release() { name_.clear(); }

 private:
  std::string name_;
};

void sync_folder_of(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder and say EINVAL; a folder may be writable yet unreadable.
  if (fd >= 0 && ::fsync(fd) != 0 && errno != EINVAL) fail(path, "cannot sync its folder");
}

}  // namespace

void write_atomically(const std::string& path,
                      std::initializer_list<std::span<const std::byte>> parts) {
  const std::string name = fmt::format("{}.tmp{}", path, ::getpid());
  Descriptor fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (fd < 0) fail(path, "cannot create a file in its folder");
  TemporaryName temporary(name);
  for (std::span<const std::byte> content : parts) {
    while (!content.empty()) {
      const ssize_t written = ::write(fd, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(path, "cannot write its content");
      content = content.subspan(static_cast<std::size_t>(written));
    }
  }
  if (::fsync(fd) != 0) fail(path, "cannot sync it to the disk");
  if (fd.close() != 0) fail(path, "cannot close it");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "cannot rename the new file");
  temporary.release();
  sync_folder_of(path);
}

}  // namespace adjoint
