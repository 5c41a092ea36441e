#include "datasets/sources/npy_dataset.hpp"

#include "datasets/folder.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/sources/source_table.hpp"

namespace adjoint {

DatasetPtr NpySource::open(const SourcePlace& place) const {
  return std::make_shared<NpyDataset>(place.found(), place.white, place.channels);
}

NpyDataset::NpyDataset(const std::filesystem::path& path, double white, Index channels)
    : file_(path) {
  describe(path.string(), file_.header().shape, file_.levels(white), channels);
}

void NpyDataset::read_stored(Index index, View sample) const {
  file_.read(index * shape().size(), sample);
}

bool is_npy_file(const std::string& path) {
  const ArrayPlace array = ArrayPlace::parse(path);
  return !is_folder(path) && array.is_array() && !array.is_hdf5();
}

}  // namespace adjoint
