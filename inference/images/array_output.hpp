#pragma once

#include <span>

#include "datasets/formats/array_file.hpp"

namespace adjoint {

/// How a command writes results that stand in one file as an array.
class ArrayOutput {
 public:
  virtual ~ArrayOutput() = default;
  /// Whether a file of that name holds an array: .npy, .h5, .hdf5.
  virtual bool takes(const ArrayPlace& place) const { return place.is_array(); }
  /// Throws InputError if the file there would be destroyed by write().
  virtual void check_replaceable(const ArrayPlace& place) const {
    adjoint::check_replaceable(place);
  }
  /// Writes the file whole or not at all. `numbers` are those of the results' images among all
  /// images of the command. Throws RunError.
  virtual void write(const ArrayPlace& place, ConstView results,
                     std::span<const Index> /*numbers*/) const {
    write_array(place, results);
  }
};

}  // namespace adjoint
