#include "inference/detection/residual.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <xtensor/xmath.hpp>

#include "datasets/gaussian_blur.hpp"
#include "datasets/quantile.hpp"

namespace adjoint {
namespace {

/// (height, width, 1); never below 0, where rounding might leave it.
Tensor channel_mean(const Tensor& map) {
  const Shape shape = shape_of(map);
  Tensor mean = make_tensor({shape[0], shape[1], 1}, 0);
  for (Index i = 0; i < shape.size(); ++i)
    mean.data()[i / shape[2]] += map.data()[i] / static_cast<Real>(shape[2]);
  for (Real& value : mean) value = std::max(value, Real{0});
  return mean;
}

/// The product of two images, averaged around each pixel with the weights of SSIM.
Tensor local_mean(const Tensor& a, const Tensor& b) {
  constexpr double kSigma = 1.5;
  Tensor mean = a * b;
  gaussian_blur(kSigma, mean);
  return mean;
}

/// 1 - SSIM of the window around each pixel and channel, reflected at the edges. Source: Wang,
/// Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861.
Tensor dissimilarity(ConstView image, ConstView output) {
  constexpr Real kC1 = Real(1e-4), kC2 = Real(9e-4);
  const Tensor x = copy_of(image), y = copy_of(output);
  const Tensor one = make_tensor(image.shape, 1);
  const Tensor mx = local_mean(x, one), my = local_mean(y, one);
  const Tensor xx = local_mean(x, x) - mx * mx, yy = local_mean(y, y) - my * my;
  const Tensor xy = local_mean(x, y) - mx * my;
  const Tensor light = (2 * mx * my + kC1) / (mx * mx + my * my + kC1);
  return 1 - light * (2 * xy + kC2) / (xx + yy + kC2);
}

/// Image minus output, both normalized by the contrast of the image.
Tensor difference_of(ConstView image, ConstView output, const Normalization& normalization) {
  Tensor x = copy_of(image), y = copy_of(output);
  const Shape one = image.shape.batched(1);
  const std::vector<Contrast> contrasts = normalization.contrasts(image.reshaped(one));
  normalization.apply(contrasts, view(x).reshaped(one));
  normalization.apply(contrasts, view(y).reshaped(one));
  return x - y;
}

/// Sets what lies within `margin` pixels of a border to 0; map (height, width, 1).
void clear_margin(Index margin, Tensor& map) {
  const Shape shape = shape_of(map);
  const Index h = shape[0], w = shape[1];
  for (Index y = 0; y < h; ++y) {
    for (Index x = 0; x < w; ++x) {
      if (std::min({y, x, h - 1 - y, w - 1 - x}) < margin) map.data()[y * w + x] = 0;
    }
  }
}

}  // namespace

Tensor residual_map(const DetectionSettings& settings, ConstView image, ConstView output,
                    const Normalization& normalization) {
  const auto map = [&]() -> Tensor {
    Tensor difference =
        difference_of(image, output, settings.normalized ? normalization : Normalization());
    if (settings.difference == DifferenceKind::darker)
      difference = xt::minimum(difference, Real{0});
    if (settings.difference == DifferenceKind::brighter)
      difference = xt::maximum(difference, Real{0});
    switch (settings.residual) {
      case ResidualKind::ssim:
        return dissimilarity(image, output);
      case ResidualKind::squared:
        return xt::square(difference);
      case ResidualKind::l1:
        break;
    }
    return xt::abs(difference);
  };
  Tensor residual = channel_mean(map());
  std::optional<Tensor> around;
  if (settings.local_scale > 0) {
    around = residual;
    gaussian_blur(settings.local_scale, *around);
  }
  gaussian_blur(settings.smoothing, residual);
  if (around) residual /= *around + static_cast<Real>(DetectionSettings::kLocalFloor);
  clear_margin(settings.margin, residual);
  return residual;
}

double image_score(const DetectionSettings& settings, ConstView residual) {
  const auto pixels = residual.flat();
  if (!std::ranges::all_of(pixels, [](Real value) { return std::isfinite(value); }))
    return std::numeric_limits<double>::quiet_NaN();
  if (settings.score == ScoreKind::max) return *std::ranges::max_element(pixels);
  if (settings.score == ScoreKind::quantile) {
    std::vector<Real> values(pixels.begin(), pixels.end());
    return quantile_of(values, settings.quantile);
  }
  return std::accumulate(pixels.begin(), pixels.end(), 0.0) / static_cast<double>(pixels.size());
}

}  // namespace adjoint
