#include "framework/storage/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <string_view>
#include <utility>

#include "framework/storage/descriptor.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Parts = std::initializer_list<std::span<const std::byte>>;

constexpr int kMostLinks = 40;  // as many as Linux follows
constexpr int kMostNames = 100;
// A passing name: this and some letters, few enough that it is no longer than most names.
constexpr std::string_view kNameStart = ".adjoint-";
constexpr std::string_view kNameLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr int kNameLength = 6;

std::string_view remedy(int error) {
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

/// Says which file is at a path after a step of writing failed.
enum class Outcome { nothing, earlier, replaced, direct };

std::string_view text_of(Outcome outcome) {
  constexpr std::string_view kTexts[] = {
      "no file was written", "the earlier file is as it was",
      "the new file is in place and whole, but may not outlast a power failure",
      "a part of it may have been written"};
  return kTexts[static_cast<std::size_t>(outcome)];
}

[[noreturn]] void fail(const std::string& path, const char* step, Outcome outcome) {
  const int error = errno;
  throw RunError("cannot write {}: {}: {}; {}{}", path, step, std::strerror(error),
                 text_of(outcome), remedy(error));
}

bool write_parts(int fd, Parts parts) {
  return std::ranges::all_of(parts, [&](std::span<const std::byte> content) {
    return write_all(fd, content) == content.size();
  });
}

/// The file that a path leads to over symbolic links, whether it exists or not.
fs::path behind_links(const std::string& name) {
  fs::path path = name;
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) return path;
    path = path.parent_path() / target;  // an absolute target is taken as it is
  }
  errno = ELOOP;
  fail(name, "cannot follow its links", Outcome::nothing);
}

/// Whether a call failed because the file system has no files without a name.
bool needs_names(int error) {
  return error == EOPNOTSUPP || error == ENOSYS || error == EISDIR || error == EINVAL ||
         error == ENOENT || error == EXDEV || error == EPERM;
}

/// A file beside its place that is gone again unless it was moved there.
class NewFile {
 public:
  /// Without a name, if it may be so, until it is whole: not even a killed process leaves a part.
  NewFile(fs::path folder, mode_t mode, bool unnamed) : folder_(std::move(folder)) {
    const auto open = [&](const char* name, int flags) {
      fd_.reset(uninterrupted([&] { return ::open(name, O_WRONLY | O_CLOEXEC | flags, mode); }));
      return fd_ >= 0;
    };
    if (unnamed) {
      open(folder_.c_str(), O_TMPFILE);
    } else {
      with_new_name([&](const char* name) { return open(name, O_CREAT | O_EXCL | O_NOFOLLOW); });
    }
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  /// Negative if it could not be made.
  Descriptor& fd() { return fd_; }
  bool give_name() {
    if (!name_.empty()) return true;
    const std::string open_file = fmt::format("/proc/self/fd/{}", static_cast<int>(fd_));
    return with_new_name([&](const char* name) {
      return uninterrupted([&] {
               return ::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW);
             }) == 0;
    });
  }
  bool move_to(const fs::path& path) {
    if (uninterrupted([&] { return std::rename(name_.c_str(), path.c_str()); }) != 0) return false;
    name_.clear();
    return true;
  }

 private:
  /// Tries random names until one is free: short ones, so that they are no longer than the file's
  /// own, and unforeseeable, so that nobody can take them beforehand.
  template <class Make>
  bool with_new_name(const Make& make) {
    std::random_device random;
    std::uniform_int_distribution<std::size_t> letter(0, kNameLetters.size() - 1);
    for (int tries = 0; tries < kMostNames; ++tries) {
      std::string name(kNameStart);
      for (int i = 0; i < kNameLength; ++i) name += kNameLetters[letter(random)];
      name = (folder_ / name).string();
      if (make(name.c_str())) {
        name_ = name;
        return true;
      }
      if (errno != EEXIST) return false;
    }
    return false;
  }

  fs::path folder_;
  std::string name_;  // empty while it has none
  Descriptor fd_;
};

/// Gives a new file the owner and the mode of an earlier one, as far as that is permitted. A group
/// that is not the earlier one gets no more than everybody has.
bool take_over(int fd, const struct stat& earlier) {
  struct stat now {};
  if (::fstat(fd, &now) != 0) return false;
  mode_t mode = earlier.st_mode & 0777;
  if (now.st_uid != earlier.st_uid)
    (void)!::fchown(fd, earlier.st_uid, static_cast<gid_t>(-1));  // the system's administrator may
  if (now.st_gid != earlier.st_gid && ::fchown(fd, static_cast<uid_t>(-1), earlier.st_gid) != 0)
    mode = (mode & 0707) | ((mode & 0007) << 3);
  return ::fchmod(fd, mode) == 0;
}

/// The standard output or error that a file is, or -1: replacing it would take it from its stream.
int standard_stream(const struct stat& file) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream {};
    if (::fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino)
      return fd;
  }
  return -1;
}

/// Writes into what is not to be replaced: a pipe, a device, a standard stream.
void write_directly(const std::string& path, int stream, Parts parts) {
  Descriptor opened;
  if (stream < 0) {
    opened.reset(
        uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC); }));
    if (opened < 0) fail(path, "cannot open it", Outcome::nothing);
    stream = opened;
  }
  if (!write_parts(stream, parts)) fail(path, "cannot write its content", Outcome::direct);
  if (!opened.close()) fail(path, "cannot close it", Outcome::direct);
}

/// Puts a new file in the place of an earlier one, if there is one. False, with nothing done, if
/// the new one cannot be without a name.
bool replace(const std::string& path, const struct stat* earlier, Parts parts, bool unnamed) {
  const Outcome before = earlier ? Outcome::earlier : Outcome::nothing;
  const fs::path place = behind_links(path);
  NewFile file(folder_of(place), earlier ? 0600 : 0666, unnamed);
  if (file.fd() < 0) {
    if (unnamed && needs_names(errno)) return false;
    fail(path, "cannot create a file in its folder", before);
  }
  if (earlier && !take_over(file.fd(), *earlier)) fail(path, "cannot keep its mode", before);
  if (!write_parts(file.fd(), parts)) fail(path, "cannot write its content", before);
  if (uninterrupted([&] { return ::fsync(file.fd()); }) != 0)
    fail(path, "cannot sync it to the disk", before);
  if (!file.give_name()) {
    if (unnamed && needs_names(errno)) return false;
    fail(path, "cannot name the new file", before);
  }
  if (!file.fd().close()) fail(path, "cannot close it", before);
  if (!file.move_to(place)) fail(path, "cannot rename the new file", before);
  if (!sync_folder(folder_of(place))) fail(path, "cannot sync its folder", Outcome::replaced);
  return true;
}

}  // namespace

bool is_passing_name(std::string_view name) {
  return name.starts_with(kNameStart) && name.size() == kNameStart.size() + kNameLength &&
         name.find_first_not_of(kNameLetters, kNameStart.size()) == std::string_view::npos;
}

void write_atomically(const std::string& path, Parts parts) {
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (!exists && errno != ENOENT) fail(path, "cannot look at it", Outcome::nothing);
  if (exists) {
    const int stream = standard_stream(there);
    if (stream >= 0 || !(S_ISREG(there.st_mode) || S_ISDIR(there.st_mode)))
      return write_directly(path, stream, parts);
    if (S_ISDIR(there.st_mode)) {
      errno = EISDIR;
      fail(path, "there is a folder", Outcome::nothing);
    }
    check_replaceable(path, file_kind(*parts.begin()));
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0)
      fail(path, "the earlier file is protected", Outcome::earlier);
  }
  const struct stat* earlier = exists ? &there : nullptr;
  if (!replace(path, earlier, parts, /*unnamed=*/true))
    replace(path, earlier, parts, /*unnamed=*/false);
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
  write_atomically(path.string(), {std::as_bytes(std::span(text))});
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw RunError("cannot make the folder {}: {}; name another one with --out", folder.string(),
                   error.message());
  }
}

}  // namespace adjoint
