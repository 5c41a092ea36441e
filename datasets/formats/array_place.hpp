#pragma once

#include <filesystem>
#include <string>

namespace adjoint {

class Hdf5File;

/// A place for one array: an .npy file, or a dataset in an HDF5 file ("file.h5:/dataset").
struct ArrayPlace {
  std::filesystem::path file;
  std::string dataset;  // empty: the only one of numbers, or "data" when writing

  /// Splits "file.h5:/dataset".
  static ArrayPlace parse(const std::string& text);
  /// Whether the file's name ends like an array's: .npy, .h5, .hdf5.
  bool is_array() const;
  bool is_hdf5() const;
  /// The dataset that is meant, in its file. Throws InputError if none is named, and there is none
  /// at the top or several to choose from.
  std::string dataset_in(const Hdf5File& opened) const;
};

}  // namespace adjoint
