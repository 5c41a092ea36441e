#pragma once

#include <filesystem>
#include <string>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The head of an .npy file. Source: numpy.lib.format, versions 1.0 to 3.0.
struct NpyHeader {
  std::string type;      // as in the file: "<f4", "<f8", "|u1", "<u2", "<i4", "<i8", "|b1"
  Shape shape;           // rank 0 ... Shape::kMaxRank
  Index data_bytes = 0;  // after the head
  Index offset = 0;      // of the first element

  Index element_bytes() const;
  /// What brings pixels to [0, 1]: 1/255 for "|u1", 1/65535 for "<u2", else 1.
  Real pixel_scale() const;
};

/// Reads and checks the head, and that the file is as long as it says. Throws InputError if the
/// file is missing, damaged, of an unknown type or in Fortran order.
NpyHeader read_npy_header(const std::filesystem::path& path);

/// An .npy file whose elements are read where they are needed, by any number of threads.
class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path);
  ~NpyFile();
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  const NpyHeader& header() const { return header_; }
  /// Reads `to.size()` elements from element `first` on, converted to Real, not scaled.
  void read(Index first, View to) const;

 private:
  std::filesystem::path path_;
  NpyHeader header_;
  int file_ = -1;
};

/// A whole array, converted to Real; values as they are in the file.
Tensor read_npy(const std::filesystem::path& path);

/// Writes an array as little-endian float32, whole or not at all. Throws RunError if that fails.
void write_npy(const std::filesystem::path& path, ConstView array);

}  // namespace adjoint
