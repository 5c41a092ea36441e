#pragma once

#include <array>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The pixels of a small axis that a pixel of the large one is a weighted sum of.
struct Taps {
  static constexpr int kMost = 4;
  std::array<Index, kMost> at{};
  std::array<Real, kMost> weight{};
};

/// Enlarging images by whole factors, with weights that depend on the position alone. Pixel o of an
/// axis lies at (o + 1/2) / factor - 1/2 between the centres of the small ones.
struct Interpolation {
  int taps;  // of each pixel along an axis: 2 or 4
  std::vector<Taps> rows, columns;
};

}  // namespace adjoint
