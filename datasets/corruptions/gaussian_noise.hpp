#pragma once

#include "datasets/corruptions/draw.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Additive white noise: each number gets an independent normal one on top.
struct GaussianNoise {
  /// Standard deviation, where images range from 0 to 1 (25/255 is 0.098).
  NumberRange sigma{0.1, 0.1};

  void keys(Keys& key) {
    key("sigma", sigma, "standard deviation of the noise, where images range from 0 to 1",
        between(0.0, 10.0));
  }
  void apply(Random& random, Tensor& image) const {
    const Real deviation = draw(sigma, random);
    for (Real& x : view(image).flat()) x += deviation * random.normal();
  }
};

}  // namespace adjoint
