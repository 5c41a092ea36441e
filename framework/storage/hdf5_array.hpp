#pragma once

#include <memory>
#include <string>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One dataset of an HDF5 file, larger than memory perhaps: nothing is read before it is asked for.
/// Any number of threads may read; they take turns in the HDF5 library.
class Hdf5Array {
 public:
  /// Opens a dataset of numbers. Of a chunked one, up to so many bytes of unpacked chunks are kept,
  /// the ones used last, and always as many as one row needs. Throws InputError if the file or the
  /// dataset is missing or damaged.
  Hdf5Array(const std::string& path, const std::string& dataset, std::size_t cache_bytes);
  ~Hdf5Array();
  Hdf5Array(const Hdf5Array&) = delete;
  Hdf5Array& operator=(const Hdf5Array&) = delete;

  const Shape& shape() const;
  /// Bits of its unsigned integers, or 0 if it holds floats. Throws InputError if it holds anything
  /// else.
  int integer_bits() const;
  /// Rows (steps of the first axis) that are unpacked together, and the bytes of that; 0 if rows
  /// are stored one by one.
  Index chunk_rows() const;
  std::size_t chunk_bytes() const;
  /// Reads whole rows from `first` on, as many as the view holds; values as in the file. Throws
  /// InputError if they are damaged.
  void read(Index first, View rows) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adjoint
