#include "framework/storage/file_kind.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

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

struct Description {
  FileKind kind;
  std::string_view name;
  std::vector<std::string_view> endings;
};
const Description kDescriptions[] = {
    {FileKind::image,
     "an image",
     {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm", ".ppm", ".pnm"}},
    {FileKind::npy, "an .npy array", {".npy"}},
    {FileKind::hdf5, "an HDF5 file (a checkpoint or arrays)", {".h5", ".hdf5"}},
    {FileKind::svg, "an SVG drawing", {".svg"}},
    {FileKind::html, "an HTML page", {".html", ".htm"}},
    {FileKind::other, "something else", {}},
};

const Description& description_of(FileKind kind) {
  return *std::ranges::find(kDescriptions, kind, &Description::kind);
}

bool ends_like(const std::string& path, FileKind kind) {
  std::string ending = std::filesystem::path(path).extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::count(description_of(kind).endings, ending) > 0;
}

}  // namespace

FileKind file_kind(std::span<const std::byte> beginning) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  for (const Signature& signature : kSignatures)
    if (text.starts_with(signature.bytes)) return signature.kind;
  return FileKind::other;
}

std::optional<FileKind> kind_at(const std::string& path) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode) || there.st_size == 0)
    return std::nullopt;
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
  return file_kind(std::span(beginning).first(static_cast<std::size_t>(count)));
}

void check_replaceable(const std::string& path, FileKind kind) {
  const std::optional<FileKind> earlier = kind_at(path);
  if (!earlier || earlier == kind || (earlier == FileKind::other && ends_like(path, kind))) return;
  throw InputError("{} holds {}, which {} would replace; name another file, or remove that one",
                   path, description_of(*earlier).name, description_of(kind).name);
}

}  // namespace adjoint
