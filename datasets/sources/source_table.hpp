#pragma once

// The sources of data that a config may name. To add one, write its settings beside its dataset, as
// IdxSource stands beside IdxDataset, and add a line to the table in source_table.cpp.

#include <filesystem>
#include <string>

#include "datasets/dataset.hpp"
#include "datasets/sources/file_set.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// Arguments with which every source is opened, beside its own keys.
struct SourcePlace {
  std::string path;                 // as the config says; empty for a source that is not stored
  std::filesystem::path base = {};  // the folder of the config
  std::uint64_t seed = 0;
  double white = 0;         // the stored number that means 1; 0: as a file says, or the largest
  Index limit = 0;          // no more images than these will be read; 0: all
  Index cache_mb = 512;     // most memory for what may be read again
  Index channels = 0;       // of the model that sees an array; 0: not known
  bool validation = false;  // whether it is data.validation_path that is opened
  /// The file or folder: find_data(path, base).
  std::filesystem::path found() const;
};

/// Every source of data: the rows are in source_table.cpp.
struct SourceFamily {
  using Make = DatasetPtr(const SourcePlace& place);
  struct Traits {
    bool stored = true;     // has the key `path`
    bool labelled = false;  // may have the key `classes`
    bool cached = false;    // has the key `cache_mb`
    bool levels = false;    // has the key `white`
    /// The key `which`: training or test files. Null for a source that does not tell them apart.
    FileSet& (*files)(std::any& settings) = nullptr;
    /// Whether it reads this file or folder as it is; null for a source that needs keys.
    bool (*recognizes)(const std::string& path) = nullptr;
  };
  static std::span<const Kind<SourceFamily>> kinds();
};

/// The source that reads a file or folder as it is, by its name or by what it holds
/// ("file.h5:/dataset" names a dataset); null if none does or nothing is there.
const Kind<SourceFamily>* recognize_source(const std::string& path);

/// The file or folder that a path of a config means: a relative one is looked up in `base`, the
/// folder of the config, then in the folder that the environment variable ADJOINT_DATA names.
/// Throws InputError that says where it looked.
std::filesystem::path find_data(const std::string& path, const std::filesystem::path& base);

}  // namespace adjoint
