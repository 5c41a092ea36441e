#pragma once

// Pictures of kernels (kh, kw, image channels, feature channels). Zero is mid-gray; `scale` is the
// magnitude that becomes black or white, one for the whole picture, so that tiles can be compared.
// A tile is one feature channel's kernel: in gray for 1 image channel, in colour for 3; of other
// numbers, each image channel has tiles of its own. Numbers above and beside the tiles are those of
// the channels, from 0.

#include <array>
#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The most that a mosaic shows; the first channels of more, or the strongest for a pair.
struct MosaicLimits {
  static constexpr Index kImageChannels = 32;
  static constexpr Index kFeatureChannels = 64;
  static constexpr Index kPairImageChannels = 4;
  static constexpr Index kPairFeatureChannels = 32;
};

/// The greatest magnitude in any of these kernels; 1 if they are all zero.
Real common_scale(const std::vector<ConstView>& kernels);

/// All kernels: wrapped into rows of 16 for 1 or 3 image channels, or a single feature channel;
/// otherwise a row for each image channel and a column for each feature channel. (height, width, 1
/// or 3) in [0, 1].
Tensor kernel_mosaic(ConstView kernel, Real scale);

/// Two kernels of one shape in bands of three rows: the first's kernels; the second's in the same
/// order; the second's in the order of `matching`. With other than 1 or 3 image channels, a band
/// for each of the strongest image channels. `layers` are their names. (height, width, 1 or 3) in
/// [0, 1].
Tensor pair_mosaic(ConstView first, ConstView second, const std::array<std::string, 2>& layers,
                   const std::vector<Index>& matching, Real scale);

}  // namespace adjoint
