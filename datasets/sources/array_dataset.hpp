#pragma once

#include <string>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Images of an array of pixels, read where they are needed: (count, height, width, channels),
/// (count, height, width), or one image (height, width); where the channels are known beforehand,
/// as those of a model are, one image (height, width, channels), too. Integers of 8 and 16 bits are
/// divided by the largest one, floating point numbers taken as they are, unless another number is
/// said to mean 1.
class ArrayDataset : public Dataset {
 public:
  Index size() const override { return count_; }
  Shape shape() const override { return shape_; }
  Levels levels() const override { return levels_; }
  void read(Index index, std::uint32_t epoch, View sample) const override;

 protected:
  /// Call it first. `channels` are 0 if they are not known. Throws InputError that names `path` if
  /// an array of this shape holds no images.
  void describe(const std::string& path, const Shape& stored, const Levels& levels, Index channels);

 private:
  /// Values as in the file.
  virtual void read_stored(Index index, View sample) const = 0;

  Index count_ = 1;
  Shape shape_;
  Levels levels_;
};

}  // namespace adjoint
