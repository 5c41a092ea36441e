#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace adjoint {

/// Writes a whole file, given in parts, so that a reader sees the earlier one or the new one, never
/// a part: to a temporary name in the same folder, synced to the disk, then renamed. Throws
/// RunError, with the system's reason, if any step fails; the earlier file is then as it was and
/// nothing temporary stays behind.
void write_atomically(const std::string& path,
                      std::initializer_list<std::span<const std::byte>> parts);

}  // namespace adjoint
