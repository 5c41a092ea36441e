#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace adjoint {

using Bytes = std::vector<std::uint8_t>;

/// The first `limit` bytes of a file, or all of a shorter one. Throws InputError if it cannot be
/// read.
Bytes read_bytes(const std::filesystem::path& path, std::size_t limit = SIZE_MAX);

/// A whole file, of which only the parts that are looked at are read. The file must not become
/// shorter meanwhile.
class MappedFile {
 public:
  /// Throws InputError if it cannot be read.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace adjoint
