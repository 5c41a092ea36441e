#include "datasets/sources/hdf5_dataset.hpp"

#include <algorithm>

#include "datasets/folder.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Bytes of chunks from which shuffled samples are drawn. Not the size of the cache, which must
/// change no result; half of its default, for the next chunks come before the last ones are done.
constexpr std::size_t kWindow = std::size_t{256} << 20;

std::string dataset_in(const ArrayPlace& place) {
  return place.dataset_in(Hdf5File::open(place.file.string()));
}

}  // namespace

DatasetPtr Hdf5Source::open(const SourcePlace& place) const {
  ArrayPlace array = ArrayPlace::parse(place.path);
  array.file = find_data(array.file.string(), place.base);
  return std::make_shared<Hdf5Dataset>(array, place.cache_mb, place.white, place.channels);
}

Hdf5Dataset::Hdf5Dataset(const ArrayPlace& place, Index cache_mb, double white, Index channels)
    : array_(place.file.string(), dataset_in(place), static_cast<std::size_t>(cache_mb) << 20) {
  const int bits = array_.integer_bits() == 0 ? 32 : array_.integer_bits();
  describe(place.file.string(), array_.shape(), {.bits = bits, .white = white_level(bits, white)},
           channels);
  if (shape().size() > kMaxImageElements) {
    throw InputError("'{}' announces images of {}; of more than {} numbers are not read",
                     place.file.string(), to_string(shape()), kMaxImageElements);
  }
}

void Hdf5Dataset::read_stored(Index index, View sample) const {
  array_.read(index, sample);
}

Index Hdf5Dataset::blocks_at_once() const {
  if (array_.chunk_rows() == 0) return 0;
  const Index blocks = (size() + array_.chunk_rows() - 1) / array_.chunk_rows();
  const auto fitting = static_cast<Index>(kWindow / array_.chunk_bytes());
  return fitting >= blocks ? 0 : std::max<Index>(fitting, 1);
}

Index Hdf5Dataset::block(Index index) const {
  return index / std::max<Index>(array_.chunk_rows(), 1);
}

bool is_hdf5_file(const std::string& path) {
  return !is_folder(path) && ArrayPlace::parse(path).is_hdf5();
}

}  // namespace adjoint
