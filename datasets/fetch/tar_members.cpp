#include "datasets/fetch/tar_members.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kTarBlock = 512;

/// The head of a member in the form of POSIX.1-1988 (ustar), which all tars write.
class TarHead {
 public:
  std::byte* bytes() { return block_.data(); }
  bool is_end() const {
    return std::ranges::all_of(block_, [](std::byte b) { return b == std::byte{0}; });
  }
  std::string name() const {
    const std::string path(text(0, 100));
    return path.substr(path.rfind('/') + 1);
  }
  std::optional<std::uintmax_t> size() const { return octal(124, 12); }
  bool is_file() const {
    const char type = static_cast<char>(block_[156]);
    return type == '0' || type == '\0';
  }
  /// The sum of all bytes, with its own place as blanks.
  bool sum_is_right() const {
    std::uintmax_t sum = 8 * ' ';
    for (std::size_t i = 0; i < block_.size(); ++i)
      if (i < 148 || i >= 156) sum += std::to_integer<unsigned>(block_[i]);
    return octal(148, 8) == sum;
  }

 private:
  std::string_view text(std::size_t first, std::size_t size) const {
    const std::string_view field(reinterpret_cast<const char*>(block_.data()) + first, size);
    return field.substr(0, field.find('\0'));
  }
  std::optional<std::uintmax_t> octal(std::size_t first, std::size_t size) const {
    std::uintmax_t number = 0;
    bool any = false;
    for (const char c : text(first, size)) {
      if (c == ' ') continue;
      if (c < '0' || c > '7') return std::nullopt;
      number = number * 8 + static_cast<unsigned>(c - '0');
      any = true;
    }
    return any ? std::optional(number) : std::nullopt;
  }

  std::array<std::byte, kTarBlock> block_{};
};

/// The unpacked bytes of an archive.
class TarStream {
 public:
  explicit TarStream(const std::filesystem::path& path)
      : path_(path.string()), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) throw InputError("cannot open '{}': {}", path_, std::strerror(errno));
    gzbuffer(file_, 1 << 17);
  }
  ~TarStream() { gzclose(file_); }
  TarStream(const TarStream&) = delete;
  TarStream& operator=(const TarStream&) = delete;

  void read(std::byte* to, std::size_t size) {
    if (gzread(file_, to, static_cast<unsigned>(size)) != static_cast<int>(size)) damaged();
  }
  [[noreturn]] void damaged() const {
    throw InputError("'{}' is damaged or no .tar.gz; remove it and fetch it again", path_);
  }

 private:
  std::string path_;
  gzFile file_;
};

}  // namespace

void read_tar_members(
    const std::filesystem::path& archive,
    const std::function<bool(const std::string& name, std::uintmax_t bytes)>& wanted,
    const std::function<void(std::span<const std::byte> piece)>& take) {
  TarStream stream(archive);
  std::vector<std::byte> buffer(128 * kTarBlock);
  while (true) {
    TarHead head;
    stream.read(head.bytes(), kTarBlock);
    if (head.is_end()) return;
    const std::optional<std::uintmax_t> size = head.size();
    if (!head.sum_is_right() || !size) stream.damaged();
    const bool takes = head.is_file() && wanted(head.name(), *size);
    for (std::uintmax_t left = *size; left > 0;) {
      // Members are filled up to whole blocks.
      const auto step = static_cast<std::size_t>(std::min<std::uintmax_t>(left, buffer.size()));
      stream.read(buffer.data(), (step + kTarBlock - 1) / kTarBlock * kTarBlock);
      if (takes) take(std::span(buffer).first(step));
      left -= step;
    }
    if (takes) take({});
  }
}

}  // namespace adjoint
