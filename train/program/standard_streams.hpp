#pragma once

#include <string>

namespace adjoint {

/// Occupies the standard streams that the program was started without, so that no file that it
/// opens becomes one of them. Writing to such a standard output fails.
void occupy_standard_streams();

/// Drops whatever is written to standard output and standard error from now on.
void silence_standard_streams();

/// Prints a line on standard error, if anybody is there to read it.
void complain(const std::string& line);

/// Writes what is still held back of standard output and closes it. Empty if all of it was written,
/// else the system's reason why not.
std::string close_standard_output();

}  // namespace adjoint
