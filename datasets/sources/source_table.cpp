#include "datasets/sources/source_table.hpp"

#include <algorithm>
#include <array>

#include "datasets/sources/cifar10_dataset.hpp"
#include "datasets/sources/concatenation.hpp"
#include "datasets/sources/hdf5_dataset.hpp"
#include "datasets/sources/idx_dataset.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "datasets/sources/npy_dataset.hpp"
#include "datasets/sources/pairs_dataset.hpp"
#include "datasets/sources/synthetic_dataset.hpp"

namespace adjoint {
namespace {

struct Traits {
  bool stored = true;
  bool labelled = false;
  bool cached = false;
  bool levels = false;
};

template <class Settings>
constexpr DataSource source(std::string_view name, std::string_view doc, const Traits& traits) {
  return {name,
          doc,
          traits.stored,
          traits.labelled,
          traits.cached,
          traits.levels,
          [] { return std::any(Settings{}); },
          [](std::any& settings, Keys& key) { std::any_cast<Settings&>(settings).keys(key); },
          [](const std::any& settings, const SourcePlace& place) {
            return std::any_cast<const Settings&>(settings).open(place);
          }};
}

constexpr std::array kSources{
    source<IdxSource>("idx", "gray images in MNIST's format", {.labelled = true}),
    source<Cifar10Source>("cifar10", "colour images of CIFAR-10's binary version",
                          {.labelled = true}),
    source<Hdf5Source>("hdf5", "an array of images in an HDF5 file, file.h5:/dataset",
                       {.cached = true, .levels = true}),
    source<ImageFolderSpec>("images", "a folder of image files, or one folder for each class",
                            {.labelled = true, .cached = true, .levels = true}),
    source<NpySource>("npy", "an array of images, as numpy saves it", {.levels = true}),
    source<PairsSource>("pairs",
                        "a folder of clean images and one of noisy images of the same names",
                        {.labelled = true, .cached = true, .levels = true}),
    source<PartsSource>("parts", "several sources, one after the other",
                        {.stored = false, .labelled = true, .cached = true, .levels = true}),
    source<SyntheticSpec>("synthetic", "images that are made, new ones in each epoch",
                          {.stored = false, .labelled = true}),
};

}  // namespace

std::span<const DataSource> data_sources() {
  return kSources;
}

const DataSource* find_data_source(std::string_view name) {
  const auto* source = std::ranges::find(kSources, name, &DataSource::name);
  return source == kSources.end() ? nullptr : source;
}

std::vector<std::string> data_source_names() {
  std::vector<std::string> names;
  for (const DataSource& source : kSources) names.emplace_back(source.name);
  return names;
}

std::filesystem::path SourcePlace::found() const {
  return find_data(path, base);
}

}  // namespace adjoint
