#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <vector>

namespace adjoint {

using Bytes = std::vector<std::uint8_t>;

/// The first `limit` bytes of a file, or all of a shorter one. Throws InputError if it cannot be
/// read.
Bytes read_bytes(const std::filesystem::path& path, std::size_t limit = SIZE_MAX);

/// Writes a file of several parts: under another name first, synced, then renamed, so that nobody
/// ever sees half of it and an earlier file stays as it is if anything fails. Throws RunError.
void write_bytes(const std::filesystem::path& path,
                 std::initializer_list<std::span<const std::uint8_t>> parts);

}  // namespace adjoint
