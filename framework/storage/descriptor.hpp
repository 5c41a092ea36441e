#pragma once

// What a file's descriptor needs around the system's calls.

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>

namespace adjoint {

/// Calls again what a signal has interrupted.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Owns a file descriptor; a negative one stands for none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  operator int() const { return fd_; }
  void reset(int fd);
  /// Whether that went well. An interrupted close() has closed all the same.
  bool close();

 private:
  int fd_;
};

/// Writes all bytes. Returns how many were written: fewer if the system refused, errno says why.
std::size_t write_all(int fd, std::span<const std::byte> bytes);

/// Syncs a folder, so that a new name in it outlasts a power failure. False, with errno, where that
/// fails; true where the folder may not be read, or its file system cannot sync one.
bool sync_folder(const std::filesystem::path& folder);

/// The folder that a path's file is in: "." for a name alone.
std::filesystem::path folder_of(const std::filesystem::path& path);

}  // namespace adjoint
