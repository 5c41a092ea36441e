#pragma once

#include <string>
#include <vector>

#include "datasets/sources/synthetic_dataset.hpp"

namespace adjoint {

/// Writes synthetic images. `out` is a folder (a PNG for each), an .npy array, or an HDF5 file with
/// the dataset "data". Radar scans bring their truth along: in a folder "labels.csv" (name, label,
/// box of the echo) and masks/ (white where the echo is), else the arrays "labels" and "masks",
/// beside the .npy as out-labels.npy and out-masks.npy. Returns what was written. Throws InputError
/// if the spec is impossible, RunError if writing fails.
std::vector<std::string> make_data(const SyntheticSpec& spec, std::uint64_t seed,
                                   const std::string& out);

}  // namespace adjoint
