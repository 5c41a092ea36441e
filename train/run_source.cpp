#include "train/run_source.hpp"

#include "datasets/data_files.hpp"
#include "datasets/folder.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

RunSource read_run_source(const std::string& path, const std::vector<std::string>& overrides) {
  if (std::filesystem::is_directory(path) || std::filesystem::path(path).extension() == ".h5") {
    const std::filesystem::path file = find_checkpoint(path, Saved::last);
    const std::filesystem::path folder = file.parent_path();
    const Checkpoint checkpoint = load_checkpoint(file.string());
    return {config_of(checkpoint, file.string(), overrides), folder.empty() ? "." : folder, file};
  }
  Config config = read_config_file(path, overrides);
  std::filesystem::path folder = std::filesystem::path("runs") / config.name;
  return {std::move(config), std::move(folder)};
}

std::filesystem::path resumed_checkpoint(const RunSource& source, const RunFolder& folder,
                                         bool overwrite) {
  const std::filesystem::path own = folder.checkpoint();
  if (!source.checkpoint) return own;
  const std::filesystem::path& named = *source.checkpoint;
  if (named.lexically_normal() == own.lexically_normal()) return own;
  if (!overwrite && is_there(own) && !std::filesystem::equivalent(named, own)) {
    throw InputError(
        "{} already holds a run; to go on from {} there and lose what came later, add --overwrite, "
        "or name another folder with --out",
        folder.path().string(), named.string());
  }
  return named;
}

void check_run_outputs(const Config& config, const std::string& path, const RunFolder& folder) {
  FileGuard guard;
  // The config in a run's folder is that run's own.
  if (!folder.is_run()) guard.reads(path);
  guard.reads(data_files(config.data, config.folder));
  for (const auto& file : {folder.config(), folder.checkpoint(), folder.best(), folder.history(),
                           folder.metrics(), folder.record(), folder.report()})
    guard.writes(file);
  guard.check();
}

}  // namespace adjoint
