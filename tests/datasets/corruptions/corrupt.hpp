#pragma once

#include <cmath>

#include "datasets/corruption.hpp"

namespace adjoint {

/// An image after one corruption.
inline Tensor corrupt(const Choice<CorruptionFamily>& settings, const Tensor& image,
                      Index index = 0) {
  return corrupted({{settings}}, /*seed=*/1, /*epoch=*/0, index, view(image));
}

/// An image of one value.
inline Tensor gray(Real value, const Shape& shape = {100, 100, 1}) {
  return make_tensor(shape, value);
}

/// A row of pixels.
inline Tensor line(const std::vector<Real>& pixels) {
  Tensor image = make_tensor({1, static_cast<Index>(pixels.size()), 1});
  std::copy(pixels.begin(), pixels.end(), image.data());
  return image;
}

inline double mean_of(const Tensor& image) {
  double sum = 0;
  for (const Real x : image) sum += x;
  return sum / static_cast<double>(image.size());
}

inline double deviation_of(const Tensor& image) {
  const double mean = mean_of(image);
  double squares = 0;
  for (const Real x : image) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / static_cast<double>(image.size()));
}

}  // namespace adjoint
