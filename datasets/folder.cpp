#include "datasets/folder.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {

namespace fs = std::filesystem;

PathKind path_kind(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return PathKind::nothing;
  if (status.type() == fs::file_type::none)
    throw InputError("cannot look at '{}': {}", path.string(), error.message());
  return fs::is_directory(status) ? PathKind::folder : PathKind::file;
}

bool is_there(const fs::path& path) {
  return path_kind(path) != PathKind::nothing;
}

bool is_folder(const fs::path& path) {
  return path_kind(path) == PathKind::folder;
}

std::vector<fs::path> paths_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  // A range-based loop would throw where the next entry cannot be read.
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.push_back(entry->path());
  }
  if (error) throw InputError("cannot read the folder '{}': {}", folder.string(), error.message());
  std::ranges::sort(paths);
  return paths;
}

std::uintmax_t size_of_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw InputError("cannot look at '{}': {}", path.string(), error.message());
  return size;
}

}  // namespace adjoint
