#include "datasets/formats/array_place.hpp"

#include <fmt/ranges.h>

#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

bool ends_like_hdf5(const std::filesystem::path& file) {
  return file.extension() == ".h5" || file.extension() == ".hdf5";
}

}  // namespace

ArrayPlace ArrayPlace::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && ends_like_hdf5(text.substr(0, colon))) {
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
  return {text, {}};
}

bool ArrayPlace::is_hdf5() const {
  return ends_like_hdf5(file);
}

bool ArrayPlace::is_array() const {
  return is_hdf5() || file.extension() == ".npy";
}

std::string ArrayPlace::dataset_in(const Hdf5File& opened) const {
  if (!dataset.empty()) return dataset;
  std::vector<std::string> datasets;
  for (const std::string& name : opened.list("/")) {
    if (!opened.is_group(name) && !opened.is_text(name)) datasets.push_back(name);
  }
  if (datasets.size() == 1) return datasets[0];
  if (datasets.empty()) {
    throw InputError("{0}: there is no dataset at the top; name one: {0}:/group/dataset",
                     file.string());
  }
  throw InputError("{0}: which dataset? name one, as in {0}:/{1}; there are {2}", file.string(),
                   datasets[0], fmt::join(datasets, ", "));
}

}  // namespace adjoint
