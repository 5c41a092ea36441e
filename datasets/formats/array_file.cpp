#include "datasets/formats/array_file.hpp"

#include <fmt/format.h>

#include <algorithm>

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

PixelArray::PixelArray(const ArrayPlace& place, double white) {
  if (place.is_hdf5()) {
    const std::string dataset = place.dataset_in(Hdf5File::open(place.file.string()));
    hdf5_ = std::make_unique<Hdf5Array>(place.file.string(), dataset, 0);
    const int bits = hdf5_->integer_bits();
    levels_.bits = bits == 0 ? 32 : bits;
    levels_.white = white_level(levels_.bits, white);
  } else {
    npy_ = std::make_unique<NpyFile>(place.file);
    levels_ = npy_->levels(white);
  }
}

const Shape& PixelArray::shape() const {
  return hdf5_ ? hdf5_->shape() : npy_->header().shape;
}

Tensor PixelArray::read(Index most) const {
  Shape part = shape();
  part[0] = std::min(part[0], most);
  Tensor pixels = make_tensor(part);
  const View all = view(pixels);
  if (hdf5_) {
    // Piece by piece: each passes through a buffer.
    const Index row = std::max<Index>(shape().sample().size(), 1);
    const Index step = std::max<Index>({1, hdf5_->chunk_rows(), (Index{1} << 22) / row});
    for (Index first = 0; first < part[0]; first += step)
      hdf5_->read(first, all.slice(first, std::min(step, part[0] - first)));
  } else {
    npy_->read(0, all);
  }
  if (levels_.white != 1) {
    const Real scale = Real{1} / static_cast<Real>(levels_.white);
    for (Real& value : all.flat()) value *= scale;
  }
  return pixels;
}

void write_array(const ArrayPlace& place, ConstView array) {
  if (!place.is_hdf5()) return write_npy(place.file, array);
  write_atomically(place.file.string(),
                   [&](Hdf5File& file) { file.write(written_dataset(place), array); });
}

}  // namespace adjoint
