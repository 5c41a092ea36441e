#pragma once

#include <string>

#include "train/program/command.hpp"

namespace adjoint {

/// The manual page adjoint(1), as roff, from the commands' rows.
std::string manual_page();

/// How help writes an option of a command: "-o, --out", or "input" for an argument without a dash.
std::string shown_name(const Command& command, const Option& option);

}  // namespace adjoint
