#include "datasets/formats/array_file.hpp"

#include "datasets/formats/npy.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/hdf5_file.hpp"
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

void check_replaceable(const ArrayPlace& place) {
  if (place.is_hdf5()) return check_replaceable(place.file.string(), {written_dataset(place)});
  check_replaceable(place.file.string(), FileKind::npy);
}

void write_array(const ArrayPlace& place, ConstView array) {
  if (!place.is_hdf5()) return write_npy(place.file, array);
  write_atomically(place.file.string(),
                   [&](Hdf5File& file) { file.write(written_dataset(place), array); });
}

}  // namespace adjoint
