#pragma once

#include <string>
#include <vector>

#include "framework/storage/checkpoint.hpp"

namespace adjoint {

/// The history of a run that may be older than this program, with the columns of today: those that
/// it did not have are NaN. Throws InputError naming `path` if it has others.
History with_columns(const History& saved, const std::vector<std::string>& columns,
                     const std::string& path);

/// The losses by which epochs are compared: of the validation images, else of the training images.
std::vector<double> watched_losses(const History& history);

}  // namespace adjoint
