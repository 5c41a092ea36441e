#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace adjoint {

using Bytes = std::vector<std::uint8_t>;

/// The first `limit` bytes of a file, or all of a shorter one. Throws InputError if it cannot be
/// read.
Bytes read_bytes(const std::filesystem::path& path, std::size_t limit = SIZE_MAX);

}  // namespace adjoint
