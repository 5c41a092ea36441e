#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/data_spec.hpp"

namespace adjoint {

/// The files and folders that a config's data come from, those that are there; `base` is the
/// config's folder.
std::vector<std::string> data_files(const DataSpec& data, const std::filesystem::path& base);

}  // namespace adjoint
