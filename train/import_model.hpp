#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/formats/model_format.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

struct ImportRequest {
  std::string file;                   // the model or weights of another program
  std::optional<std::string> config;  // the model to which weights belong, in place of the file's
  std::optional<WeightMatch> by;  // how weights find their layers; unset: by name, else in order
  std::vector<std::string> overrides;  // "key=value", of the config that is written
};
struct ImportResult {
  std::string name;
  Index layers = 0;
  Index parameters = 0;
  std::vector<std::string> notes;  // what was left out without changing a result
};

/// Writes what another program's file holds as a run's folder: config.toml and checkpoint.h5.
/// Throws InputError if the file cannot be read, does not fit the config, or the folder holds a
/// run; RunError if it cannot be written.
ImportResult import_model(const ImportRequest& request, const RunFolder& folder);

}  // namespace adjoint
