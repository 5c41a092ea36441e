#include "train/array_file.hpp"

#include <fmt/ranges.h>

#include "datasets/npy.hpp"
#include "framework/checkpoint/hdf5_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

bool ends_like_hdf5(const std::filesystem::path& file) {
  return file.extension() == ".h5" || file.extension() == ".hdf5";
}

std::string dataset_of(const Hdf5File& file, const ArrayPlace& place) {
  if (!place.dataset.empty()) return place.dataset;
  std::vector<std::string> datasets;
  for (const std::string& name : file.list("/")) {
    if (!file.is_group(name)) datasets.push_back(name);
  }
  if (datasets.size() == 1) return datasets[0];
  if (datasets.empty()) {
    throw InputError("{0}: there is no dataset at the top; name one: {0}:/group/dataset",
                     place.file.string());
  }
  throw InputError("{0}: which dataset? name one, as in {0}:/{1}; there are {2}",
                   place.file.string(), datasets[0], fmt::join(datasets, ", "));
}

std::string written_dataset(const ArrayPlace& place) {
  return place.dataset.empty() ? "data" : place.dataset;
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

Tensor read_array(const ArrayPlace& place) {
  if (!place.is_hdf5()) return read_npy(place.file);
  const Hdf5File file = Hdf5File::open(place.file.string());
  return file.read(dataset_of(file, place));
}

void check_replaceable(const ArrayPlace& place) {
  if (!place.is_hdf5() || !std::filesystem::exists(place.file)) return;
  const Hdf5File file = Hdf5File::open(place.file.string());
  const std::string dataset = written_dataset(place);
  const std::string object = fmt::format("{}{}", dataset.front() == '/' ? "" : "/", dataset);
  // From the root down, the place's own path is all that there may be.
  for (std::string group = "/"; file.is_group(group);) {
    const std::vector<std::string> names = file.list(group);
    const std::string below = group == "/" ? group : group + "/";
    if (names.empty()) return;
    group = below + names[0];
    if (names.size() > 1 || !(object + "/").starts_with(group + "/")) {
      throw InputError("{} holds other data, which would be lost; name a new file",
                       place.file.string());
    }
  }
}

Tensor read_pixels(const ArrayPlace& place) {
  double scale = 1;
  Tensor pixels;
  if (place.is_hdf5()) {
    const Hdf5File file = Hdf5File::open(place.file.string());
    const std::string dataset = dataset_of(file, place);
    const Index bits = file.integer_bits(dataset);
    if (bits == 8 || bits == 16) scale = 1.0 / static_cast<double>((1 << bits) - 1);
    pixels = file.read(dataset);
  } else {
    scale = NpyFile(place.file).header().type->pixel_scale;
    pixels = read_npy(place.file);
  }
  if (scale != 1) {
    for (Real& value : view(pixels).flat()) value *= static_cast<Real>(scale);
  }
  return pixels;
}

void write_array(const ArrayPlace& place, ConstView array) {
  if (!place.is_hdf5()) return write_npy(place.file, array);
  write_atomically(place.file.string(),
                   [&](Hdf5File& file) { file.write(written_dataset(place), array); });
}

}  // namespace adjoint
