#pragma once

namespace adjoint {

/// Weight of a pixel at a distance of 0 to 2 pixels in bicubic interpolation. Source: Keys, "Cubic
/// convolution interpolation for digital image processing" (1981), a = -1/2.
constexpr double keys_cubic(double distance) {
  const double x = distance;
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
}

}  // namespace adjoint
