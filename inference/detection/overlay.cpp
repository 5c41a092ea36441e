#include "inference/detection/overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/image_ops.hpp"

namespace adjoint {
namespace {

constexpr std::array<Real, 3> kFaint = {1, Real(0.85), 0};
constexpr std::array<Real, 3> kFull = {Real(0.85), 0, 0};

}  // namespace

Tensor overlay(ConstView image, ConstView residual, double scale) {
  const Tensor gray = with_channels(image, 1);
  Tensor picture = make_tensor({image.shape[0], image.shape[1], 3});
  for (Index i = 0; i < residual.size(); ++i) {
    Real heat = scale > 0 ? static_cast<Real>(std::clamp(residual[i] / scale, 0.0, 1.0)) : Real{0};
    if (std::isnan(residual[i])) heat = 1;
    const Real shade = gray.data()[i] > 0 ? std::min(gray.data()[i], Real{1}) : Real{0};
    for (Index c = 0; c < 3; ++c) {
      const Real colour = std::lerp(kFaint[c], kFull[c], heat);
      picture.data()[3 * i + c] = std::lerp(shade, colour, heat);
    }
  }
  return picture;
}

}  // namespace adjoint
