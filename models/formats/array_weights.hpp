#pragma once

// Weights as plain arrays, for NumPy: .npz archives and HDF5 files that hold "enc1/kernel" and
// nothing else. They are read into a given model by assign_weights() with WeightLayout::keras.

#include <string>
#include <vector>

#include "models/formats/weight_list.hpp"

namespace adjoint {

/// Writes each parameter of a model once, under its name and in Adjoint's own axes, whole or not at
/// all. Throws InputError if that would destroy a file with other data, RunError if it cannot be
/// written.
void write_npz_weights(const std::string& path, const Model& model);
void write_hdf5_weights(const std::string& path, const Model& model);

/// All arrays of an .npz archive in its order, in C or Fortran order, packed or not. Throws
/// InputError naming the file and the array if one is damaged or not of numbers, or all together
/// expand beyond reason.
std::vector<ForeignWeight> read_npz(const std::string& path);
/// All datasets of numbers of an HDF5 file, in the order of their names. Throws InputError
/// likewise, or if groups are nested without end.
std::vector<ForeignWeight> read_hdf5_arrays(const std::string& path);

}  // namespace adjoint
