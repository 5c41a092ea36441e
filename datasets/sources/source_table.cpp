#include "datasets/sources/source_table.hpp"

#include <algorithm>
#include <array>

#include "datasets/formats/array_place.hpp"
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

template <class Source>
constexpr Kind<SourceFamily> source(std::string_view name, std::string_view doc,
                                    const SourceFamily::Traits& traits) {
  return Kind<SourceFamily>::of<Source>(
      name, doc, [](const Source& source, const SourcePlace& place) { return source.open(place); },
      traits);
}

template <class Source>
FileSet& which(std::any& settings) {
  return std::any_cast<Source&>(settings).which;
}

constexpr std::array kSources{
    source<IdxSource>("idx", "gray images in MNIST's format",
                      {.labelled = true, .files = which<IdxSource>, .recognizes = is_idx_data}),
    source<Cifar10Source>(
        "cifar10", "colour images of CIFAR-10's binary version",
        {.labelled = true, .files = which<Cifar10Source>, .recognizes = is_cifar10_data}),
    source<Hdf5Source>("hdf5", "an array of images in an HDF5 file, file.h5:/dataset",
                       {.cached = true, .levels = true, .recognizes = is_hdf5_file}),
    source<ImageFolderSpec>(
        "images", "a folder of image files, or one folder for each class",
        {.labelled = true, .cached = true, .levels = true, .recognizes = is_image_data}),
    source<NpySource>("npy", "an array of images, as numpy saves it",
                      {.levels = true, .recognizes = is_npy_file}),
    source<PairsSource>("pairs",
                        "a folder of clean images and one of noisy images of the same names",
                        {.labelled = true, .cached = true, .levels = true}),
    source<PartsSource>("parts", "several sources, one after the other",
                        {.stored = false, .labelled = true, .cached = true, .levels = true}),
    source<SyntheticSpec>("synthetic", "synthetic images, new ones in each epoch",
                          {.stored = false, .labelled = true}),
};

}  // namespace

std::span<const Kind<SourceFamily>> SourceFamily::kinds() {
  return kSources;
}

const Kind<SourceFamily>* recognize_source(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(ArrayPlace::parse(path).file, error)) return nullptr;
  const auto source = std::ranges::find_if(kSources, [&](const Kind<SourceFamily>& kind) {
    return kind.traits.recognizes && kind.traits.recognizes(path);
  });
  return source == kSources.end() ? nullptr : &*source;
}

std::filesystem::path SourcePlace::found() const {
  return find_data(path, base);
}

}  // namespace adjoint
