#pragma once

#include <string>

namespace adjoint {

/// The files of other programs, and what each layer is in them, as Markdown tables.
std::string format_reference();

}  // namespace adjoint
