#include <cstdlib>
#include <numeric>

#include "datasets/data_spec.hpp"
#include "datasets/fetch/published_data.hpp"
#include "datasets/folder.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// The first `count` images.
DatasetPtr first_images(DatasetPtr whole, Index count) {
  if (count == 0 || count >= whole->size() / whole->group()) return whole;
  std::vector<Index> images(static_cast<std::size_t>(count));
  std::iota(images.begin(), images.end(), Index{0});
  return std::make_shared<Subset>(std::move(whole), std::move(images));
}

/// What downloads data of that name, where a publisher has them.
std::string fetch_remedy(const fs::path& path) {
  for (const PublishedData& data : published_data())
    if (!path.empty() && *path.begin() == data.folder)
      return fmt::format("; adjoint data fetch {} downloads it, and says how to train on it",
                         data.name);
  return "";
}

}  // namespace

DatasetPtr SourceSpec::open(SourcePlace place) const {
  if (!source) {
    throw InputError("no data source is chosen; known: {}",
                     fmt::join(kind_names<SourceFamily>(), ", "));
  }
  const Index count = place.validation ? 0 : limit;
  place.limit = classes.empty() ? count : 0;
  if (white > 0) place.white = white;  // else that of the whole, where this is a part of it
  DatasetPtr dataset = source.make(place);
  if (!classes.empty()) dataset = with_labels(std::move(dataset), classes);
  return first_images(std::move(dataset), count);
}

DatasetPtr open_dataset(const DataSpec& spec, std::uint64_t seed, const fs::path& base) {
  return spec.open({.path = spec.path, .base = base, .seed = seed, .cache_mb = spec.cache_mb});
}

DatasetPtr open_test_images(DataSpec spec, const fs::path& base) {
  const auto files = spec.source ? spec.source.kind().traits.files : nullptr;
  if (!files) {
    std::vector<std::string_view> known;
    for (const Kind<SourceFamily>& kind : SourceFamily::kinds())
      if (kind.traits.files) known.push_back(kind.name);
    throw InputError(
        "data.source = \"{}\" does not tell test images from training images; expected one of {}",
        spec.source.name(), fmt::join(known, ", "));
  }
  if (const fs::path path = find_data(spec.path, base); !is_folder(path)) {
    throw InputError(
        "data.path: '{}' is one file; expected the folder that holds the training and the test "
        "files",
        path.string());
  }
  FileSet& which = files(spec.source.settings());
  if (which == FileSet::test)
    throw InputError("data.which = \"test\" trains on the test images; expected \"train\"");
  which = FileSet::test;
  spec.classes = {};
  spec.limit = 0;
  DatasetPtr images = open_dataset(spec, 0, base);
  for (Index i = 0; i < images->size(); ++i) {
    if (images->label(i) == kNoLabel) {
      throw InputError(
          "data.path = \"{}\": the test images have no labels; put the file of labels beside them",
          spec.path);
    }
  }
  return images;
}

Split open_split(const DataSpec& spec, std::uint64_t seed, const fs::path& base) {
  DatasetPtr dataset = open_dataset(spec, seed, base);
  if (!spec.validation_path) return split_dataset(std::move(dataset), spec.validation, seed);
  DatasetPtr validation = spec.open({.path = *spec.validation_path,
                                     .base = base,
                                     .seed = seed,
                                     .cache_mb = spec.cache_mb,
                                     .validation = true});
  if (!(validation->shape() == dataset->shape())) {
    throw InputError("the validation images are {}, the training images are {}",
                     to_string(validation->shape()), to_string(dataset->shape()));
  }
  return {.train = std::move(dataset), .validation = std::move(validation)};
}

fs::path find_data(const std::string& path, const fs::path& base) {
  std::error_code error;                // what cannot be looked at is not there
  const fs::path beside = base / path;  // `path` itself if it is absolute
  if (fs::exists(beside, error)) return beside;
  if (fs::path(path).is_absolute()) throw InputError("data.path: there is no '{}'", path);
  const std::string folder = base.empty() ? "." : base.string();
  const char* data = std::getenv("ADJOINT_DATA");
  if (!data || !*data) {
    throw InputError(
        "data.path: there is no '{}' in '{}' (beside the config), and ADJOINT_DATA is not set to "
        "another folder of data{}",
        path, folder, fetch_remedy(path));
  }
  if (fs::exists(fs::path(data) / path, error)) return fs::path(data) / path;
  throw InputError(
      "data.path: there is no '{}', neither in '{}' (beside the config) nor in '{}' "
      "(ADJOINT_DATA){}",
      path, folder, data, fetch_remedy(path));
}

}  // namespace adjoint
