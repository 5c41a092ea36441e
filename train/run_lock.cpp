#include "train/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "framework/tensor/error.hpp"

namespace adjoint {

RunLock::RunLock(const std::filesystem::path& file)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666)) {
  const std::string folder = file.parent_path().string();
  if (fd_ < 0) {
    throw RunError("cannot write {}: {}; name another folder with --out", file.string(),
                   std::strerror(errno));
  }
  // Some network file systems have no locks; training there is better than none.
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(fd_);
  throw InputError(
      "{} is in use: another process trains there; wait until it ends, or name another folder with "
      "--out",
      folder);
}

RunLock::~RunLock() {
  ::close(fd_);
}

}  // namespace adjoint
