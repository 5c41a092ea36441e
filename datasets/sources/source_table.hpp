#pragma once

// Which sources of data a config may name. To add one, write its settings beside its dataset, as
// IdxSource stands beside IdxDataset, and add a line to the table in source_table.cpp.

#include <any>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Arguments with which every source is opened, beside its own keys.
struct SourcePlace {
  std::string path;                 // as the config says; empty for a source that is not stored
  std::filesystem::path base = {};  // the folder of the config
  std::uint64_t seed = 0;
  double white = 0;         // the stored number that means 1; 0: as a file says, or the largest
  Index limit = 0;          // no more images than these will be read; 0: all
  Index cache_mb = 512;     // most memory for what may be read again
  bool validation = false;  // whether it is data.validation_path that is opened
  /// The file or folder: find_data(path, base).
  std::filesystem::path found() const;
};

/// A source, with its settings kept as std::any: settings() gives the defaults, keys() visits them,
/// open() opens the data.
struct DataSource {
  std::string_view name;
  std::string_view doc;
  bool stored;    // has the key `path`
  bool labelled;  // may have the key `classes`
  bool cached;    // has the key `cache_mb`
  bool levels;    // has the key `white`
  std::any (*settings)();
  void (*keys)(std::any& settings, Keys& key);
  DatasetPtr (*open)(const std::any& settings, const SourcePlace& place);
};

std::span<const DataSource> data_sources();
/// The source of that name, or null.
const DataSource* find_data_source(std::string_view name);
std::vector<std::string> data_source_names();

/// The file or folder that a path of a config means: a relative one is looked up in `base`, the
/// folder of the config, then in the folder that the environment variable ADJOINT_DATA names.
/// Throws InputError that says where it looked.
std::filesystem::path find_data(const std::string& path, const std::filesystem::path& base);

}  // namespace adjoint
