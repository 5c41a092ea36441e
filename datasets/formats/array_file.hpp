#pragma once

#include <limits>
#include <memory>

#include "datasets/formats/array_place.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/storage/hdf5_array.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Reads an array, values as stored. Throws InputError if the file or the dataset is missing or
/// damaged, or several datasets are there to choose from.
Tensor read_array(const ArrayPlace& place);

/// An array of pixels, as training takes it, too: 8 and 16 bit unsigned integers are brought to
/// [0, 1], floats taken as they are, unless another number `white` means 1.
class PixelArray {
 public:
  /// Looks at type and shape. Throws InputError if the file or the dataset is missing or damaged,
  /// several datasets are there to choose from, or it holds other numbers.
  explicit PixelArray(const ArrayPlace& place, double white = 0);

  const Shape& shape() const;
  const Levels& levels() const { return levels_; }
  /// All of it, or up to so many first steps of the first axis. Throws InputError if it is damaged.
  Tensor read(Index most = std::numeric_limits<Index>::max()) const;

 private:
  std::unique_ptr<NpyFile> npy_;  // one of these two
  std::unique_ptr<Hdf5Array> hdf5_;
  Levels levels_;
};

/// Throws InputError if write_array() would destroy something: it writes a file anew, and there is
/// one of another kind, or an HDF5 file that holds other data, too.
void check_replaceable(const ArrayPlace& place);
/// Writes an array whole or not at all. Throws RunError.
void write_array(const ArrayPlace& place, ConstView array);

}  // namespace adjoint
