#pragma once

#include "datasets/corruptions/draw.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Multiplicative noise, as of radar and ultrasound: x becomes x (1 + sigma n), n normal.
struct Speckle {
  NumberRange sigma{0.1, 0.1};

  void keys(Keys& key) {
    key("sigma", sigma, "standard deviation of the noise, as a fraction of each value",
        at_least(0.0));
  }
  void apply(Random& random, Tensor& image) const {
    const Real deviation = draw(sigma, random);
    for (Real& x : view(image).flat()) x += x * deviation * random.normal();
  }
};

}  // namespace adjoint
