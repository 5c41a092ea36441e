#include "datasets/gaussian_blur.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/tensor/border.hpp"

namespace adjoint {
namespace {

/// Weights at distances 0, 1, ...; with their mirror images they sum to 1.
std::vector<Real> gaussian_weights(double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (Index i = 0; i <= static_cast<Index>(std::ceil(3 * sigma)); ++i) {
    const double distance = static_cast<double>(i) / sigma;
    weights.push_back(std::exp(-0.5 * distance * distance));
    sum += i == 0 ? 1 : 2 * weights.back();
  }
  std::vector<Real> normalized;
  for (const double weight : weights) normalized.push_back(static_cast<Real>(weight / sum));
  return normalized;
}

/// Along the middle axis of (outer, extent, inner).
void blur_axis(const std::vector<Real>& weights, Index outer, Index extent, Index inner,
               const Real* from, Real* to) {
  const auto radius = static_cast<Index>(weights.size()) - 1;
  for (Index o = 0; o < outer; ++o, from += extent * inner) {
    for (Index i = 0; i < extent; ++i, to += inner) {
      std::fill_n(to, inner, Real{0});
      for (Index j = -radius; j <= radius; ++j) {
        const Real weight = weights[static_cast<std::size_t>(std::abs(j))];
        const Real* pixels = from + border_source(Border::symmetric, i + j, extent) * inner;
        for (Index k = 0; k < inner; ++k) to[k] += weight * pixels[k];
      }
    }
  }
}

}  // namespace

void gaussian_blur(double sigma, Tensor& image) {
  if (sigma <= 0) return;
  const std::vector<Real> weights = gaussian_weights(sigma);
  const Shape shape = shape_of(image);
  Tensor wide = make_tensor(shape);
  blur_axis(weights, shape[0], shape[1], shape[2], image.data(), wide.data());
  blur_axis(weights, 1, shape[0], shape[1] * shape[2], wide.data(), image.data());
}

}  // namespace adjoint
