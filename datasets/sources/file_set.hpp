#pragma once

#include <array>
#include <string_view>

namespace adjoint {

/// The files of a published data set that a source reads, where a folder holds both.
enum class FileSet { train, test };
constexpr std::array<std::string_view, 2> config_names(FileSet) {
  return {"train", "test"};
}

}  // namespace adjoint
