#pragma once

#include <array>
#include <vector>

#include "datasets/noise/brightness_bins.hpp"
#include "datasets/noise/image_noise.hpp"

namespace adjoint {

/// One channel of an image (height, width, channels).
struct ImageChannel {
  const Real* data;
  Index height, width, channels;
  Real at(Index y, Index x) const { return data[(y * width + x) * channels]; }
};

/// The flat places of images, where pixels differ by their noise. They are found by the blocks
/// around them, whose noise is not theirs, so that the choice does not bias what is measured there.
class FlatPlaces {
 public:
  /// Reads an image of at least kNoiseBlock x kNoiseBlock pixels.
  void read(const ImageChannel& channel);

  /// Sets what ImageNoise says of flat places, from the bins in which noise is not clipped.
  void measure(const BrightnessBins& bins, const std::array<bool, BrightnessBins::kCount>& whole,
               ImageNoise& noise) const;

 private:
  /// Half the mean square of differences in a block, after a plane is taken off: of neighbouring
  /// pixels, and of those half a block apart, whose noise is taken for independent. Their ratio
  /// gives the correlation.
  struct Block {
    double brightness = 0;
    double near = 0, far = 0;
    double variance = 0;
    double rough = 0;  // the largest variance of the blocks beside it
  };
  static Block measure_block(const ImageChannel& channel, Index top, Index left);

  std::vector<Block> blocks_;
};

}  // namespace adjoint
