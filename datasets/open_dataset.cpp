#include <cstdlib>
#include <numeric>

#include "datasets/data_spec.hpp"
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
        "another folder of data",
        path, folder);
  }
  if (fs::exists(fs::path(data) / path, error)) return fs::path(data) / path;
  throw InputError(
      "data.path: there is no '{}', neither in '{}' (beside the config) nor in '{}' (ADJOINT_DATA)",
      path, folder, data);
}

}  // namespace adjoint
