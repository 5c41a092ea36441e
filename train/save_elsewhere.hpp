#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "train/run_folder.hpp"

namespace adjoint {

/// Where checkpoint.h5 cannot be written: saves a training beside it, in the present folder or in
/// that of temporary files. `save` writes one file, or throws. Returns a sentence that says where
/// it is and how to go on, or that no place took it.
std::string save_elsewhere(const RunFolder& folder,
                           const std::function<void(const std::filesystem::path&)>& save);

}  // namespace adjoint
