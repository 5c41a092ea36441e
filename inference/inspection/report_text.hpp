#pragma once

#include <string>

#include "inference/inspection/inspection.hpp"

namespace adjoint {

/// The report for a terminal, in lines of text.
std::string report_text(const Inspection& inspection);

}  // namespace adjoint
