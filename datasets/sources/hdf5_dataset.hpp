#pragma once

#include "datasets/formats/array_place.hpp"
#include "datasets/sources/array_dataset.hpp"
#include "framework/storage/hdf5_array.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// The source "hdf5", which has no keys of its own.
struct Hdf5Source {
  void keys(Keys& /*key*/) {}
  DatasetPtr open(const SourcePlace& place) const;
};

/// Images of one dataset of an HDF5 file. The chunks of a large file that is chunked are the blocks
/// of this dataset.
class Hdf5Dataset : public ArrayDataset {
 public:
  /// `white` is the stored number that means 1, where the elements reach it; 0: the largest.
  /// `channels` as in ArrayDataset; 0: not known. Throws InputError if the array is not one of
  /// images.
  explicit Hdf5Dataset(const ArrayPlace& place, Index cache_mb = 512, double white = 0,
                       Index channels = 0);

  Index blocks_at_once() const override;
  Index block(Index index) const override;

 private:
  void read_stored(Index index, View sample) const override;

  Hdf5Array array_;
};

/// Whether it is such a file, by its ending.
bool is_hdf5_file(const std::string& path);

}  // namespace adjoint
