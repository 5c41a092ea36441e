#pragma once

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// The noise of counting photons: x becomes Poisson(peak x) / peak, so that its mean stays x and
/// its variance is x / peak. What is below 0 counts as 0.
struct PoissonNoise {
  /// Photons that make white: the fewer, the noisier.
  NumberRange peak{30, 30};

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
