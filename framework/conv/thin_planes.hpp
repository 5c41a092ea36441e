#pragma once

#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint::thin {

/// How the engine `thin` lays out a row of an image: with its padding, one plane a channel and
/// column phase (x modulo the stride), one after the other. With stride 2 and padding 1:
///
///     image row, 1 channel      a b c d e f
///     padded                  0 a b c d e f 0
///     phase 0 | phase 1       0 b d f | a c e 0
///
/// So what a kernel tap sees of neighbouring output positions is neighbouring elements, for every
/// stride, dilation and number of channels: a tap is an offset.
struct Planes {
  /// Padding may be negative: then columns and rows of the image are left out.
  explicit Planes(const ConvGeometry& geometry);

  Index plane = 0;               // elements of a plane's row
  Index row = 0;                 // elements of all planes' row
  Index reach = 0;               // padded rows that one row of positions sees
  std::vector<Index> offsets{};  // of each tap (ky, kx, channel) from its position

  /// Padded rows that `count` rows of positions see.
  Index rows_of(Index count) const { return (count - 1) * geometry_.stride.h + reach; }
  /// Padded row `y` of an image into planes: zeros where it is padding.
  void load_row(const Real* image, Index y, Real* to) const;
  /// Planes into the image's row that is padded row `y`; zeros where no plane reaches.
  void store_row(const Real* from, Index y, Real* image) const;

 private:
  /// Where a phase's pixels lie: count of them, from column x of the image and q of the plane on.
  struct Run {
    Index x, q, count;
  };
  Run run_of(Index phase) const;

  ConvGeometry geometry_;
};

}  // namespace adjoint::thin
