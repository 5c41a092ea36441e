#pragma once

#include "datasets/formats/array_place.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Reads an array, values as stored. Throws InputError if the file or the dataset is missing or
/// damaged, or several datasets are there to choose from.
Tensor read_array(const ArrayPlace& place);

/// Throws InputError if write_array() would destroy something: it writes a file anew, and there is
/// one of another kind, or an HDF5 file that holds other data, too.
void check_replaceable(const ArrayPlace& place);
/// Writes an array whole or not at all. Throws RunError.
void write_array(const ArrayPlace& place, ConstView array);

}  // namespace adjoint
