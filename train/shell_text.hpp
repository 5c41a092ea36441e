#pragma once

#include <string>

namespace adjoint {

/// An argument as a shell takes it: in quotes if it needs them.
std::string shell_argument(const std::string& text);

}  // namespace adjoint
