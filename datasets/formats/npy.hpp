#pragma once

#include <filesystem>
#include <string>

#include "datasets/formats/levels.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A little-endian .npy file in C order, whose elements are read where they are needed, by any
/// number of threads.
class NpyFile {
 public:
  /// Throws InputError if the file is missing, damaged, longer or shorter than its head says, or of
  /// an unknown element type or order.
  explicit NpyFile(const std::filesystem::path& path);
  ~NpyFile();
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  const NpyHeader& header() const { return header_; }
  /// Number format and white level, where `white` was asked for: see white_level(). Throws
  /// InputError if nothing was, and they are of a type that does not tell what is white.
  Levels levels(double white) const;
  /// Reads as many elements as the view holds, from element `first` on; values as in the file.
  void read(Index first, View to) const;

 private:
  std::filesystem::path path_;
  int file_ = -1;
  NpyHeader header_;
};

/// A whole array; values as in the file.
Tensor read_npy(const std::filesystem::path& path);

/// Writes an array as little-endian float32, whole or not at all. Throws RunError if that fails.
void write_npy(const std::filesystem::path& path, ConstView array);

}  // namespace adjoint
