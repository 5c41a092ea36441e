#pragma once

// The files of this folder that stand in the program: CMake makes these functions of them.

#include <string_view>

namespace adjoint {

std::string_view bsd400_txt();

}  // namespace adjoint
