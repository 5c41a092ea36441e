#pragma once

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// JPEG artifacts: saves an image, gray or RGB, as a JPEG of 8 bits and reads it again.
struct JpegArtifacts {
  /// libjpeg's scale from 1 (worst) to 100, rounded to a whole number.
  NumberRange quality{30, 30};
  /// Whether colours are stored at half the resolution each way (4:2:0), as most files have them.
  bool subsampling = true;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
  /// Throws InputError unless the image has 1 or 3 channels.
  Shape output_shape(const Shape& image) const;
};

}  // namespace adjoint
