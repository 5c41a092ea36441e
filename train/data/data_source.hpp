#pragma once

#include <string>
#include <vector>

#include "train/config.hpp"

namespace adjoint {

/// The least and the largest height and width of some images.
struct SizeRange {
  Extent2 least, largest;
};

/// Data that a command looks at: that of a config, or a path as it is.
struct DataSelection {
  Config config;  // for a path: data and seed alone
  bool from_config = false;
  /// The sizes of a folder's images where they differ and no key says how to make them equal: they
  /// are then read as patches of the least height and width.
  std::optional<SizeRange> sizes = {};
};

/// Reads a config (.toml, or a run folder's), or finds the source that a path needs. `overrides`
/// are "key=value": of a config any key, of a path one of [data]. Throws InputError if it is
/// neither.
DataSelection select_data(const std::string& input, const std::vector<std::string>& overrides);

}  // namespace adjoint
