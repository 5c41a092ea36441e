#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train/config.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

/// What a training begins with or goes on from.
struct RunSource {
  Config config;
  std::filesystem::path default_folder;                  // of the run
  std::optional<std::filesystem::path> checkpoint = {};  // if it is one
};

/// `path` is a TOML file; or a checkpoint, or the folder of one, that holds its own config.
/// `overrides` are "key=value". Throws InputError if it cannot be read.
RunSource read_run_source(const std::string& path, const std::vector<std::string>& overrides);

/// The checkpoint from which a run in `folder` goes on: the one that `source` names, else the
/// folder's own. Throws InputError if the folder holds another run and `overwrite` is not set.
std::filesystem::path resumed_checkpoint(const RunSource& source, const RunFolder& folder,
                                         bool overwrite);

/// Throws InputError if the files of a run would replace its config, read from `path`, or its data.
void check_run_outputs(const Config& config, const std::string& path, const RunFolder& folder);

}  // namespace adjoint
