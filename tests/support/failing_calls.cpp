// A library to preload (LD_PRELOAD) that lets one system call of a program's writing fail.
//
//   ADJOINT_FAIL="CALL NUMBER ERRNO FOLDER"
//
// fails the NUMBER-th call (from 1) of open, write, fsync, linkat, close or rename that has to do
// with writing below FOLDER, and says so on standard error. A write that fails has written half of
// its bytes before.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Plan {
  char call[16] = "";
  int number = 0;
  int error = 0;
  char folder[4096] = "";

  Plan() {
    const char* text = std::getenv("ADJOINT_FAIL");
    if (!text || std::sscanf(text, "%15s %d %d %4095s", call, &number, &error, folder) != 4)
      number = 0;
  }
};

/// A lock file is not among what is written.
bool is_written_below(const char* folder, const char* path) {
  return std::strncmp(path, folder, std::strlen(folder)) == 0 && !std::strstr(path, "/run.lock");
}

/// Whether this call is the one.
bool fails(const char* call, const char* path) {
  static const Plan plan;
  static std::atomic<int> count = 0;
  if (plan.number == 0 || std::strcmp(call, plan.call) != 0 ||
      !is_written_below(plan.folder, path) || ++count != plan.number) {
    return false;
  }
  const char said[] = "failing_calls: failed\n";
  syscall(SYS_write, STDERR_FILENO, said, sizeof said - 1);
  errno = plan.error;
  return true;
}

/// The same for an open file: with what it was opened as.
bool fails(const char* call, int fd, bool reading_too) {
  const long flags = syscall(SYS_fcntl, fd, F_GETFL);
  if (flags < 0 || (!reading_too && (flags & O_ACCMODE) == O_RDONLY)) return false;
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return fails(call, path);
}

int open_file(const char* path, int flags, mode_t mode) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY) != 0;
  if (writes && fails("open", path)) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

mode_t mode_of(int flags, va_list arguments) {
  const bool given = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return given ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  if (!fails("write", fd, false)) return syscall(SYS_write, fd, bytes, count);
  const int error = errno;
  syscall(SYS_write, fd, bytes, error == EINTR ? 0 : count / 2);
  errno = error;
  return -1;
}

int fsync(int fd) {
  return fails("fsync", fd, true) ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (fails("linkat", to)) return -1;
  return static_cast<int>(syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int close(int fd) {
  const bool failing = fails("close", fd, false);
  const int error = errno;
  const int result = static_cast<int>(syscall(SYS_close, fd));  // it is closed all the same
  if (!failing) return result;
  errno = error;
  return -1;
}

int rename(const char* from, const char* to) noexcept {
  if (fails("rename", to)) return -1;
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

}  // extern "C"
