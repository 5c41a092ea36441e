#pragma once

#include <filesystem>

namespace adjoint {

/// Keeps other processes from training in the same folder while it lives. The system lets go of it
/// however a process ends, so that none is ever left over; the file stays.
class RunLock {
 public:
  /// Throws InputError if another process holds it, RunError if the file cannot be written.
  explicit RunLock(const std::filesystem::path& file);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int fd_;
};

}  // namespace adjoint
