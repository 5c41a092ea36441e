#pragma once

#include "datasets/corruptions/draw.hpp"
#include "datasets/gaussian_blur.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Convolution with a Gaussian, cut off at 3 sigma; the image goes on beyond its border by
/// reflection (... b a | a b ...).
struct Blur {
  /// Standard deviation of the Gaussian, in pixels; 0 changes nothing.
  NumberRange sigma{1, 1};

  void keys(Keys& key) {
    key("sigma", sigma, "standard deviation of the Gaussian, in pixels", between(0.0, 100.0));
  }
  void apply(Random& random, Tensor& image) const { gaussian_blur(draw(sigma, random), image); }
};

}  // namespace adjoint
