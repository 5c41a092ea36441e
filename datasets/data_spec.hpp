#pragma once

#include <optional>
#include <string>

#include "datasets/label_list.hpp"
#include "datasets/normalization.hpp"
#include "datasets/sources/source_table.hpp"
#include "datasets/split.hpp"

namespace adjoint {

/// One source of images, and which of them are used.
struct SourceSpec {
  Choice<SourceFamily> source;
  std::string path;   // a file or a folder; see find_data()
  LabelList classes;  // use the images of these labels alone; empty: all
  Index limit = 0;    // use the first so many images; 0: all
  double white = 0;   // the stored number that means 1; 0: as a file says, or the largest

  /// Visits only the keys of the chosen source: others are unknown keys.
  void keys(Keys& key);
  /// The white level of all the images, that of the parts where they agree; 0: none is set.
  double white_level() const;
  /// Opens the images of place.path, but no more than `limit` unless they are for validation.
  DatasetPtr open(SourcePlace place) const;
};

/// The [data] table of a config: where the images come from and how they are divided.
struct DataSpec : SourceSpec {
  std::optional<std::string> validation_path;
  double validation = 0.1;  // fraction of the images that is held out, in [0, 1)
  NormalizationSpec normalization;
  Index cache_mb = 512;  // megabytes for what may be read again; changes no result

  void keys(Keys& key);
};

/// Opens all the data that a spec names (but not validation_path). Relative paths are looked up by
/// find_data(). `seed` decides random patches and synthetic images. Throws InputError if the data
/// are missing or damaged.
DatasetPtr open_dataset(const DataSpec& spec, std::uint64_t seed,
                        const std::filesystem::path& base = {});

/// Opens the test images of the published data set that a spec trains on: all of them, with their
/// labels. Throws InputError if its source has none, or `path` is no folder with both kinds of
/// files, or a label is missing.
DatasetPtr open_test_images(DataSpec spec, const std::filesystem::path& base = {});

/// Opens the data and splits it into training and validation data: by `validation_path` if there
/// is one, else at random, image by image.
Split open_split(const DataSpec& spec, std::uint64_t seed, const std::filesystem::path& base = {});

}  // namespace adjoint
