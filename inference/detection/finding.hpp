#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One image and what was found.
struct Finding {
  std::string name;
  std::filesystem::path file;     // that it was read from; empty: from memory
  std::optional<double> score;    // nothing where there is no finite one
  bool flagged = false;           // its score is above the threshold, or it has none
  std::optional<bool> defective;  // where that is known
  std::string kind;               // of its defect, where that is known
  Index pixels = 0;               // of the image; 0 where it could not be read
};

}  // namespace adjoint
