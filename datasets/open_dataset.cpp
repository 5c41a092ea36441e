// Which class serves which source. To add a source, name it here and in DataSpec::keys().

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "datasets/data_spec.hpp"
#include "datasets/idx_dataset.hpp"
#include "datasets/npy_dataset.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// All the data of one path; a source that can stop early may leave out what is behind `limit`.
DatasetPtr open_source(const DataSpec& spec, const std::string& path, std::uint64_t seed,
                       const fs::path& base, Index limit = 0) {
  if (spec.source == "synthetic") return std::make_shared<SyntheticDataset>(spec.synthetic, seed);
  const fs::path found = find_data(path, base);
  if (spec.source == "idx") {
    return std::make_shared<IdxDataset>(find_idx_images(found, spec.which), limit);
  }
  if (spec.source == "images") {
    return std::make_shared<ImageFolderDataset>(found, spec.images, seed);
  }
  if (spec.source == "npy") return std::make_shared<NpyDataset>(found);
  throw InputError("there is no data source '{}'; known: idx, images, npy, synthetic", spec.source);
}

/// The first `count` images.
DatasetPtr first_images(DatasetPtr whole, Index count) {
  if (count == 0 || count >= whole->size() / whole->group()) return whole;
  std::vector<Index> images(static_cast<std::size_t>(count));
  std::iota(images.begin(), images.end(), Index{0});
  return std::make_shared<Subset>(std::move(whole), std::move(images));
}

}  // namespace

DatasetPtr open_dataset(const DataSpec& spec, std::uint64_t seed, const fs::path& base) {
  return first_images(open_source(spec, spec.path, seed, base, spec.limit), spec.limit);
}

Split open_split(const DataSpec& spec, std::uint64_t seed, const fs::path& base) {
  DatasetPtr dataset = open_dataset(spec, seed, base);
  if (!spec.validation_path) return split_dataset(std::move(dataset), spec.validation, seed);
  DatasetPtr validation = open_source(spec, *spec.validation_path, seed, base);
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
