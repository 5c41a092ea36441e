#pragma once

#include "datasets/dataset.hpp"
#include "datasets/formats/array_place.hpp"
#include "framework/storage/hdf5_array.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// The source "hdf5", which has no keys of its own.
struct Hdf5Source {
  void keys(Keys& /*key*/) {}
  DatasetPtr open(const SourcePlace& place) const;
};

/// Images of one dataset of an HDF5 file, read where they are needed: (N, height, width, channels),
/// (N, height, width), or one image (height, width). Integers of 8 and 16 bits are divided by the
/// largest one, floating point numbers taken as they are, unless another number is said to mean 1.
/// The chunks of a large file that is chunked are the blocks of this dataset.
class Hdf5Dataset : public Dataset {
 public:
  /// Throws InputError if the array is not one of images.
  /// `white` is the stored number that means 1, where the elements reach it; 0: the largest.
  explicit Hdf5Dataset(const ArrayPlace& place, Index cache_mb = 512, double white = 0);

  Index size() const override { return count_; }
  Shape shape() const override { return shape_; }
  Levels levels() const override { return levels_; }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Index blocks_at_once() const override;
  Index block(Index index) const override;

 private:
  Hdf5Array array_;
  Index count_ = 1;
  Shape shape_;
  Levels levels_;
};

}  // namespace adjoint
