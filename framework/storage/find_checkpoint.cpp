#include "framework/storage/find_checkpoint.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "framework/tensor/error.hpp"

namespace adjoint {

std::optional<std::filesystem::path> checkpoint_in(const std::filesystem::path& folder,
                                                   Saved wanted) {
  std::error_code error;
  std::filesystem::path first = folder / kBestCheckpoint, second = folder / kLastCheckpoint;
  if (wanted == Saved::last) std::swap(first, second);
  if (std::filesystem::exists(first, error)) return first;
  if (std::filesystem::exists(second, error)) return second;
  return std::nullopt;
}

std::filesystem::path find_checkpoint(const std::filesystem::path& path, Saved wanted) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (path.extension() == ".toml" && std::filesystem::exists(path, error)) {
      throw InputError(
          "{} is a config; expected a trained model: the folder of its run, or a checkpoint in it",
          path.string());
    }
    return path;  // what is wrong with a file, reading it will say
  }
  if (const auto found = checkpoint_in(path, wanted)) return *found;
  std::vector<std::string> runs;
  for (const auto& entry : std::filesystem::directory_iterator(path, error))
    if (checkpoint_in(entry.path())) runs.push_back(entry.path().string());
  std::ranges::sort(runs);
  throw InputError(
      "{} is a folder without best.h5 or checkpoint.h5; expected a checkpoint or the folder of a "
      "run{}{}",
      path.string(), runs.empty() ? "" : ", such as ", runs.empty() ? "" : runs.front());
}

}  // namespace adjoint
