#pragma once

// Zip archives, as .keras, .npz and PyTorch's files are. Where libzip is named: zip_archive.cpp.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace adjoint {

/// A zip archive on disk, open for reading. Its names mean nothing to the file system: no member is
/// ever unpacked to a file.
class ZipArchive {
 public:
  /// Throws InputError if the file is missing, is no zip archive, or is damaged.
  static ZipArchive open(const std::string& path);
  ZipArchive(ZipArchive&& other) noexcept;
  ~ZipArchive();

  const std::string& path() const;
  /// Names of all members, in the archive's order.
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;
  /// A member, unpacked. Throws InputError naming the archive and the member if it is missing,
  /// encrypted or damaged, or would expand beyond reason: above 64 MiB, to more than 100 times what
  /// is stored.
  std::vector<std::byte> read(const std::string& name) const;
  /// The same as text.
  std::string read_text(const std::string& name) const;

 private:
  struct Impl;
  explicit ZipArchive(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether a file begins as zip archives do. False where there is none.
bool is_zip(const std::string& path);

/// A member of an archive to be written.
struct ZipMember {
  std::string name;
  std::span<const std::byte> content;
};
/// Writes an archive whole or not at all (see write_atomically()), its members stored as they are,
/// without times: the same members give the same file. Throws RunError if it cannot be written.
void write_zip(const std::string& path, const std::vector<ZipMember>& members);

}  // namespace adjoint
