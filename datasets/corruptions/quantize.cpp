#include "datasets/corruptions/quantize.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {

void Quantize::keys(Keys& key) {
  key("levels", levels, "number of evenly spaced levels, black and white included",
      between(2, 65536));
}

void Quantize::apply(Random& /*random*/, Tensor& image) const {
  const auto steps = static_cast<Real>(levels - 1);
  for (Real& x : view(image).flat())
    x = std::round(std::clamp(x, Real{0}, Real{1}) * steps) / steps;
}

}  // namespace adjoint
