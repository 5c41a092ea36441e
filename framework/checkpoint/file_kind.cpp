#include "framework/checkpoint/file_kind.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLongestSignature = 16;

struct Signature {
  FileKind kind;
  std::string_view bytes;
};
constexpr Signature kSignatures[] = {
    {FileKind::hdf5, "\x89HDF\r\n\x1a\n"sv},
    {FileKind::npy, "\x93NUMPY"sv},
    {FileKind::image, "\x89PNG\r\n\x1a\n"sv},
    {FileKind::image, "\xff\xd8\xff"sv},  // JPEG
    {FileKind::image, "II*\0"sv},         // TIFF, and BigTIFF below
    {FileKind::image, "MM\0*"sv},
    {FileKind::image, "II+\0"sv},
    {FileKind::image, "MM\0+"sv},
    {FileKind::image, "BM"sv},
    {FileKind::image, "P2\n"sv},  // PGM and PPM
    {FileKind::image, "P3\n"sv},
    {FileKind::image, "P5\n"sv},
    {FileKind::image, "P6\n"sv},
    {FileKind::svg, "<svg"sv},
    {FileKind::html, "<!doctype html"sv},
};

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::image:
      return "an image";
    case FileKind::npy:
      return "an .npy array";
    case FileKind::hdf5:
      return "an HDF5 file (a checkpoint or arrays)";
    case FileKind::svg:
      return "an SVG drawing";
    case FileKind::html:
      return "an HTML page";
    case FileKind::other:
      break;
  }
  return "something else";
}

}  // namespace

FileKind kind_of(std::span<const std::byte> beginning) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  for (const Signature& signature : kSignatures)
    if (text.starts_with(signature.bytes)) return signature.kind;
  return FileKind::other;
}

void check_replaceable(const std::string& path, FileKind kind) {
  struct stat there {};
  // What is no plain file is not replaced; what cannot be looked at is the writer's to report.
  if (::stat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode) || there.st_size == 0) return;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<std::byte, kLongestSignature> beginning{};
  ssize_t count = -1;
  if (fd >= 0) {
    do {
      count = ::read(fd, beginning.data(), beginning.size());
    } while (count < 0 && errno == EINTR);
  }
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (count < 0) {
    throw RunError("cannot write {}: cannot read the file that would be replaced: {}; name another",
                   path, std::strerror(error));
  }
  const FileKind earlier = kind_of(std::span(beginning).first(static_cast<std::size_t>(count)));
  if (earlier == kind) return;
  throw InputError("{} holds {}, which {} would replace; name another file, or remove that one",
                   path, name_of(earlier),
                   kind == FileKind::other ? "a file of another kind" : name_of(kind));
}

}  // namespace adjoint
