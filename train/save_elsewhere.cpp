#include "train/save_elsewhere.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <vector>

namespace adjoint {

std::string save_elsewhere(const RunFolder& folder,
                           const std::function<void(const std::filesystem::path&)>& save) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> tried;
  for (const fs::path& place :
       {folder.path(), fs::current_path(error), fs::temp_directory_path(error)}) {
    const fs::path file = place / fmt::format("adjoint-checkpoint-{}.h5", ::getpid());
    if (place.empty() || fs::symlink_status(file, error).type() != fs::file_type::not_found)
      continue;
    try {
      save(file);
      return fmt::format(
          "the training is saved to {}; when the folder can be written again, go on with: adjoint "
          "train {} --resume --overwrite --out {}",
          file.string(), file.string(), folder.path().string());
    } catch (const std::exception&) {
      tried.push_back(place.string());
    }
  }
  return fmt::format(
      "nor can the training be saved in {}; it stands as it was saved last, and --resume goes on "
      "from there",
      fmt::join(tried, ", "));
}

}  // namespace adjoint
