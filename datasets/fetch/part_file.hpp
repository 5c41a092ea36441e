#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "framework/storage/descriptor.hpp"

namespace adjoint {

/// A file that arrives piece by piece, as NAME.part beside its place. It continues what an earlier
/// process left there. Once whole, it is moved to its place. Two processes cannot write one.
class PartFile {
 public:
  /// Bytes that an earlier process left for a file; 0 if there are none.
  static std::uintmax_t left_for(const std::filesystem::path& place);

  /// Throws InputError if another process writes it, RunError if it cannot be opened.
  explicit PartFile(std::filesystem::path place);

  const std::filesystem::path& path() const { return path_; }
  std::uintmax_t size() const { return size_; }
  /// Throws RunError, with the free space, if it cannot be written; what was there stays.
  void append(std::span<const std::byte> bytes);
  /// Begins anew.
  void clear();
  /// Moves the file to its place, synced to the disk. Throws RunError if that fails.
  void finish();
  /// Removes the file.
  void discard();

 private:
  [[noreturn]] void fail(const char* step) const;

  std::filesystem::path place_, path_;
  Descriptor file_;
  std::uintmax_t size_ = 0;
};

}  // namespace adjoint
