#pragma once

#include <algorithm>
#include <cmath>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Rounds to so many evenly spaced levels from 0 to 1, both included.
struct Quantize {
  Index levels = 16;

  void keys(Keys& key) {
    key("levels", levels, "number of evenly spaced levels, black and white included",
        between(2, 65536));
  }
  void apply(Random& /*random*/, Tensor& image) const {
    const auto steps = static_cast<Real>(levels - 1);
    for (Real& x : view(image).flat())
      x = std::round(std::clamp(x, Real{0}, Real{1}) * steps) / steps;
  }
};

}  // namespace adjoint
