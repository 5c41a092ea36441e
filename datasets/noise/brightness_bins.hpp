#pragma once

#include <algorithm>
#include <cstddef>

namespace adjoint {

/// Bins of equal width between the darkest and the brightest of what is measured.
struct BrightnessBins {
  static constexpr int kCount = 16;
  double darkest, brightest;
  std::size_t of(double brightness) const {
    const double bin = (brightness - darkest) / (brightest - darkest) * kCount;
    return bin > 0 ? static_cast<std::size_t>(std::min(bin, kCount - 1.0)) : 0;
  }
};

}  // namespace adjoint
