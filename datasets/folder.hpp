#pragma once

#include <filesystem>
#include <vector>

// Files and folders as users name them. std::filesystem's own functions throw what no user
// understands, and those that take an error code are easily asked without looking at it.

namespace adjoint {

enum class PathKind { nothing, file, folder };  // file: whatever is there and no folder

/// Kind of file that a path leads to, links followed. Throws InputError if the system does not
/// tell: no permission, a name too long, links that lead back to themselves.
PathKind path_kind(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// All entries of a folder in the order of their names, also those that cannot be looked at. Throws
/// InputError if the folder cannot be read.
std::vector<std::filesystem::path> paths_in(const std::filesystem::path& folder);

/// Bytes of a file. Throws InputError if the system does not tell.
std::uintmax_t size_of_file(const std::filesystem::path& path);

}  // namespace adjoint
