#pragma once

#include <string>
#include <vector>

#include "train/config.hpp"

namespace adjoint {

/// The least and the largest height and width of some images.
struct SizeRange {
  Extent2 least, largest;
};

/// What the commands on data look at: the data of a config, or of a path as it is.
struct DataSelection {
  Config config;  // of a path: its data and seed alone
  bool from_config = false;
  /// Of a path whose images differ in size and that says nothing of it: they are seen in patches of
  /// the least height and width.
  std::optional<SizeRange> sizes = {};
};

/// Reads a config (.toml, or a run folder's), or finds the source that a path needs. `overrides`
/// are "key=value": of a config any key, of a path one of [data]. Throws InputError if it is
/// neither.
DataSelection select_data(const std::string& input, const std::vector<std::string>& overrides);

}  // namespace adjoint
