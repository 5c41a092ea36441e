#pragma once

#include <string>

namespace adjoint {

/// The manual page adjoint(1), as roff, from the commands' rows.
std::string manual_page();

}  // namespace adjoint
