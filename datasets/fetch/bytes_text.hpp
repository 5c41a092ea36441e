#pragma once

#include <cstdint>
#include <string>

namespace adjoint {

/// "12.3 MB": of 10^6 bytes, as disks and publishers count.
std::string bytes_text(std::uintmax_t bytes);

}  // namespace adjoint
