#include "train/array_file.hpp"

#include <fmt/format.h>

#include "datasets/npy.hpp"
#include "framework/checkpoint/file_kind.hpp"
#include "framework/checkpoint/hdf5_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

std::string written_dataset(const ArrayPlace& place) {
  return place.dataset.empty() ? "data" : place.dataset;
}

}  // namespace

Tensor read_array(const ArrayPlace& place) {
  if (!place.is_hdf5()) return read_npy(place.file);
  const Hdf5File file = Hdf5File::open(place.file.string());
  return file.read(place.dataset_in(file));
}

Shape array_shape(const ArrayPlace& place) {
  if (!place.is_hdf5()) return NpyFile(place.file).header().shape;
  const Hdf5File file = Hdf5File::open(place.file.string());
  return file.shape(place.dataset_in(file));
}

void check_replaceable(const ArrayPlace& place) {
  if (place.is_hdf5()) return check_replaceable(place.file.string(), {written_dataset(place)});
  check_replaceable(place.file.string(), FileKind::npy);
}

Tensor read_pixels(const ArrayPlace& place) {
  double scale = 1;
  Tensor pixels;
  if (place.is_hdf5()) {
    const Hdf5File file = Hdf5File::open(place.file.string());
    const std::string dataset = place.dataset_in(file);
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
