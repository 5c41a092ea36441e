#include "framework/losses/ms_ssim.hpp"

#include <array>
#include <cmath>
#include <numeric>

#include "framework/pointwise/linear.hpp"

namespace adjoint {
namespace {

constexpr std::array kWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr double kLeastMean = 1e-4;

/// Means of 2x2 pixels.
void halve(ConstView from, View to) {
  const Index width = from.shape[1];
  for (Index r = 0; r < to.shape[0]; ++r) {
    const Real* top = from.data + 2 * r * width;
    for (Index c = 0; c < to.shape[1]; ++c, top += 2) {
      to[r * to.shape[1] + c] = (top[0] + top[1] + top[width] + top[width + 1]) / 4;
    }
  }
}

/// The adjoint of halve(), added.
void add_doubled(ConstView from, View to) {
  const Index width = to.shape[1];
  for (Index r = 0; r < from.shape[0]; ++r) {
    Real* top = to.data + 2 * r * width;
    for (Index c = 0; c < from.shape[1]; ++c, top += 2) {
      const Real quarter = from[r * from.shape[1] + c] / 4;
      top[0] += quarter;
      top[1] += quarter;
      top[width] += quarter;
      top[width + 1] += quarter;
    }
  }
}

}  // namespace

void MsSsim::Settings::keys(Keys& key) {
  SsimWindow::keys(key);
  key("scales", scales, "number of scales, each half the size of the one before",
      between<Index>(1, kWeights.size()));
}

MsSsim::MsSsim(const Settings& settings)
    : SimilarityLoss(settings), weights_(kWeights.begin(), kWeights.begin() + settings.scales) {
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= sum;
}

double MsSsim::similarity(ConstView x, ConstView y, View gradient, View scratch) const {
  using Of = StructuralSimilarity::Of;
  struct Scale {
    ConstView x, y;
    View gradient;
    double mean;
  };
  std::array<Scale, kWeights.size()> scales;
  Real* memory = scratch.data;
  const auto take = [&](const Shape& shape) {
    const View taken(memory, shape);
    memory += shape.size();
    return taken;
  };
  scales[0] = {x, y, gradient};
  for (std::size_t s = 1; s < weights_.size(); ++s) {
    const Shape& larger = scales[s - 1].x.shape;
    const Shape shape{larger[0] / 2, larger[1] / 2};
    const View half_x = take(shape), half_y = take(shape);
    halve(scales[s - 1].x, half_x);
    halve(scales[s - 1].y, half_y);
    scales[s] = {half_x, half_y, gradient ? take(shape) : View(nullptr, shape)};
  }
  double product = 1;
  const View rest(memory, {scratch.data + scratch.size() - memory});
  for (std::size_t s = 0; s < weights_.size(); ++s) {
    Scale& scale = scales[s];
    const bool last = s + 1 == weights_.size();
    scale.mean = windows_.mean(last ? Of::luminance_times_structure : Of::structure, scale.x,
                               scale.y, scale.gradient, rest);
    // A NaN goes on.
    product *= std::pow(scale.mean < kLeastMean ? kLeastMean : scale.mean, weights_[s]);
  }
  if (!gradient) return product;
  for (std::size_t s = weights_.size(); s-- > 0;) {
    const double mean = scales[s].mean;
    const double slope = mean < kLeastMean ? 0 : product * weights_[s] / mean;
    scale(static_cast<Real>(slope), scales[s].gradient);
    if (s + 1 < weights_.size()) add_doubled(scales[s + 1].gradient, scales[s].gradient);
  }
  return product;
}

Index MsSsim::image_scratch_size(Index height, Index width) const {
  // Three images a scale, after the first; the first scale's comparison needs most.
  Index size = SimilarityLoss::image_scratch_size(height, width);
  for (std::size_t s = 1; s < weights_.size(); ++s) size += 3 * (height >> s) * (width >> s);
  return size;
}

std::string MsSsim::remedy(Index side) const {
  const Index window = windows_.window();
  Index scales = 0;
  while (window << scales <= side) ++scales;
  if (scales > 0)
    return fmt::format("set its `scales` to {} or less, or its `window` lower", scales);
  return side < 2 ? "take another loss"
                  : fmt::format("set its `scales` to 1 and its `window` to {} or less", side);
}

}  // namespace adjoint
