#pragma once

#include <span>
#include <string>

namespace adjoint {

/// "a, b and 3 more": names for a message, no more than `most` of them.
std::string name_list(std::span<const std::string> names, std::size_t most = 10);

}  // namespace adjoint
