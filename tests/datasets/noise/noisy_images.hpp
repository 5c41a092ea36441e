#pragma once

#include <algorithm>
#include <cmath>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/corruptions/poisson_noise.hpp"

namespace adjoint {

/// A gray image without noise: dark on the left, bright on the right, and strong texture in the
/// upper third.
inline Tensor clean_image(Index size = 160) {
  Tensor image = make_tensor({size, size, 1});
  for (Index y = 0; y < size; ++y) {
    for (Index x = 0; x < size; ++x) {
      const double texture =
          3 * y < size ? 0.12 * std::sin(0.9 * static_cast<double>(x * x % 97 + 2 * y)) : 0;
      image.data()[y * size + x] = static_cast<Real>(
          0.15 + 0.7 * static_cast<double>(x) / static_cast<double>(size) + texture);
    }
  }
  return image;
}

/// Adds the noise of a number of photons at white (0: none), then Gaussian noise.
inline Tensor with_noise(Tensor image, double sigma, double peak = 0, std::uint32_t index = 0) {
  Random random({.seed = 5, .index = index});
  if (peak > 0) PoissonNoise{.peak = {peak, peak}}.apply(random, image);
  if (sigma > 0) GaussianNoise{.sigma = {sigma, sigma}}.apply(random, image);
  return image;
}

/// As an 8-bit file holds it.
inline Tensor stored(Tensor image) {
  for (Real& x : image) x = std::round(std::clamp(x, Real{0}, Real{1}) * 255) / 255;
  return image;
}

/// Noise whose pixel is the mean of four independent ones, of this standard deviation: neighbours
/// correlate by 1/2.
inline Tensor with_correlated_noise(const Tensor& image, double sigma, std::uint32_t index = 0) {
  const Index size = shape_of(image)[0];
  Tensor noise = with_noise(make_tensor({size + 1, size + 1, 1}, Real{0}), sigma, 0, index);
  Tensor result = image;
  for (std::size_t y = 0; y < static_cast<std::size_t>(size); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(size); ++x) {
      result(y, x, 0) +=
          (noise(y, x, 0) + noise(y + 1, x, 0) + noise(y, x + 1, 0) + noise(y + 1, x + 1, 0)) / 2;
    }
  }
  return result;
}

}  // namespace adjoint
