#include "datasets/fetch/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "datasets/fetch/bytes_text.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

fs::path part_of(const fs::path& place) {
  return place.string() + ".part";
}

}  // namespace

std::uintmax_t PartFile::left_for(const fs::path& place) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(part_of(place), error);
  return error ? 0 : size;
}

PartFile::PartFile(fs::path place) : place_(std::move(place)), path_(part_of(place_)) {
  constexpr mode_t kMode = 0666;
  file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (file_ < 0) {
    throw RunError("cannot write '{}': {}; choose a folder that may be written", path_.string(),
                   std::strerror(errno));
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw InputError("another process is writing '{}'; wait for it, or choose another folder",
                     path_.string());
  }
  struct stat status {};
  if (::fstat(file_, &status) == 0) size_ = static_cast<std::uintmax_t>(status.st_size);
}

void PartFile::fail(const char* step) const {
  const int error = errno;
  std::error_code unknown;
  const fs::space_info space = fs::space(fs::absolute(path_).parent_path(), unknown);
  throw RunError(
      "cannot {} '{}' after {}: {}{}; make room, and the same command goes on", step,
      path_.string(), bytes_text(size_), std::strerror(error),
      unknown ? "" : fmt::format(" ({} are free on its disk)", bytes_text(space.available)));
}

void PartFile::append(std::span<const std::byte> bytes) {
  const std::size_t written = write_all(file_, bytes);
  size_ += written;
  if (written < bytes.size()) fail("write");
}

void PartFile::clear() {
  if (::ftruncate(file_, 0) != 0) fail("empty");
  size_ = 0;
}

void PartFile::finish() {
  if (::fsync(file_) != 0) fail("sync");
  if (::rename(path_.c_str(), place_.c_str()) != 0) fail("move to its place");
  sync_folder(folder_of(place_));  // without its name, the next fetch downloads it again
}

void PartFile::discard() {
  ::unlink(path_.c_str());
}

}  // namespace adjoint
