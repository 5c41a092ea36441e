#pragma once

#include <filesystem>
#include <string>

namespace adjoint {

/// The source that reads a file or folder as it is, by its ending or by what it holds: "idx",
/// "cifar10", "npy", "hdf5" or "images" ("file.h5:/dataset" names a dataset). Empty if none does.
std::string recognize_source(const std::string& path);

}  // namespace adjoint
