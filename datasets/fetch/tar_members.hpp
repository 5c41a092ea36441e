#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace adjoint {

/// Reads the regular files of a .tar.gz (or .tar), one after the other. `wanted` is asked for each
/// with the last part of its name, so that no name leads anywhere, and its bytes; `take` gets the
/// bytes of those that are wanted, in pieces, and an empty piece at the end. Links, folders and
/// other things are passed over. Throws InputError if the archive is damaged.
void read_tar_members(
    const std::filesystem::path& archive,
    const std::function<bool(const std::string& name, std::uintmax_t bytes)>& wanted,
    const std::function<void(std::span<const std::byte> piece)>& take);

}  // namespace adjoint
