#pragma once

#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint::thin {

/// Layout of an image row in the engine `thin`: with its padding, one plane a channel and
/// column phase (x modulo the stride), one after the other. With stride 2 and padding 1:
///
///     image row, 1 channel      a b c d e f
///     padded                  0 a b c d e f 0
///     phase 0 | phase 1       0 b d f | a c e 0
///
/// So what a kernel tap sees of neighbouring output positions is neighbouring elements, for every
/// stride, dilation and number of channels: a tap is an offset. Padding is never written, so it
/// stays zero if it was. Rows are whole vectors, and whole vectors fit behind the last position.
class Planes {
 public:
  /// Padding may be negative: then columns and rows of the image are left out.
  Planes(const ConvGeometry& geometry, Index lanes);

  /// Elements of a row of planes.
  Index row() const { return row_; }
  /// Offset of each tap (ky, kx, channel) from its position.
  const std::vector<Index>& offsets() const { return offsets_; }
  /// Rows of planes that `count` rows of positions see.
  Index rows_of(Index count) const { return (count - 1) * geometry_.stride.h + reach_; }
  /// Row `y` of an image, counted from the first row of padding, into planes.
  void load_row(const Real* image, Index y, Real* to) const;
  /// Planes into row `y` of an image, counted in the same way.
  void store_row(const Real* from, Index y, Real* image) const;

 private:
  ConvGeometry geometry_;
  Index row_ = 0;
  Index reach_ = 0;
  std::vector<Index> offsets_{};
  std::vector<std::int32_t> places_{};  // in planes, of each element of an image's row
};

}  // namespace adjoint::thin
