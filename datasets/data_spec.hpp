#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "datasets/image_folder_dataset.hpp"
#include "datasets/split.hpp"
#include "datasets/synthetic_dataset.hpp"

namespace adjoint {

class Keys;

/// The [data] table of a config: where the images come from and how they are cut.
struct DataSpec {
  std::string source;  // "idx", "images", "npy" or "synthetic"
  std::string path;    // a file or a folder; see find_data()
  std::optional<std::string> validation_path;
  double validation = 0.1;  // fraction of the images that is held out, in [0, 1)
  Index limit = 0;          // use the first so many images; 0: all

  std::string which = "train";  // idx: which file of a folder, "train" or "test"
  ImageFolderSpec images;
  SyntheticSpec synthetic;

  /// Visits only the keys of the chosen source: others are unknown keys.
  void keys(Keys& key);
};

/// Opens all the data that a spec names (but not validation_path). Relative paths are looked up by
/// find_data(). `seed` decides random patches and synthetic images. Throws InputError if the data
/// are missing or damaged.
DatasetPtr open_dataset(const DataSpec& spec, std::uint64_t seed,
                        const std::filesystem::path& base = {});

/// The same, divided into training and validation data: by `validation_path` if there is one, else
/// by a random split of the images.
Split open_split(const DataSpec& spec, std::uint64_t seed, const std::filesystem::path& base = {});

/// The file or folder that a path of a config means: a relative one is looked up in `base`, the
/// folder of the config, then in the folder that the environment variable ADJOINT_DATA names.
/// Throws InputError that says where it looked.
std::filesystem::path find_data(const std::string& path, const std::filesystem::path& base);

}  // namespace adjoint
