#include "datasets/sources/hdf5_dataset.hpp"

#include <algorithm>

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
  return std::make_shared<Hdf5Dataset>(array, place.cache_mb, place.white);
}

Hdf5Dataset::Hdf5Dataset(const ArrayPlace& place, Index cache_mb, double white)
    : array_(place.file.string(), dataset_in(place), static_cast<std::size_t>(cache_mb) << 20) {
  const Shape& stored = array_.shape();
  const int rank = stored.rank();
  if (rank < 2 || rank > 4 || stored.size() < 1) {
    throw InputError(
        "'{}' does not hold images: expected (count, height, width, channels), (count, height, "
        "width) or (height, width), got {} axes: {}",
        place.file.string(), rank, fmt::join(stored, "x"));
  }
  const int bits = array_.integer_bits();
  levels_.bits = bits == 0 ? 32 : bits;
  levels_.white = white_level(levels_.bits, white);
  if (rank > 2) count_ = stored[0];
  shape_ = rank == 2 ? Shape{stored[0], stored[1], 1}
                     : Shape{stored[1], stored[2], rank == 4 ? stored[3] : 1};
  if (shape_.size() > kMaxImageElements) {
    throw InputError("'{}' announces images of {}; of more than {} numbers are not read",
                     place.file.string(), to_string(shape_), kMaxImageElements);
  }
}

void Hdf5Dataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  array_.read(array_.shape().rank() == 2 ? 0 : index, sample);
  if (levels_.white == 1) return;
  const Real scale = Real{1} / static_cast<Real>(levels_.white);
  for (Real& x : sample.flat()) x *= scale;
}

Index Hdf5Dataset::blocks_at_once() const {
  if (array_.chunk_rows() == 0) return 0;
  const Index blocks = (count_ + array_.chunk_rows() - 1) / array_.chunk_rows();
  const auto fitting = static_cast<Index>(kWindow / array_.chunk_bytes());
  return fitting >= blocks ? 0 : std::max<Index>(fitting, 1);
}

Index Hdf5Dataset::block(Index index) const {
  return index / std::max<Index>(array_.chunk_rows(), 1);
}

}  // namespace adjoint
