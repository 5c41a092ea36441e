#include "datasets/noise/noise_estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "datasets/image_ops.hpp"
#include "datasets/noise/brightness_bins.hpp"
#include "datasets/quantile.hpp"

namespace adjoint {
namespace {

constexpr Index kMostExtent = 512;          // of the part of an image that is measured
constexpr Index kFewestPixels = 128 * 128;  // small images are measured together

constexpr std::size_t kFewestPoints = 4;
constexpr double kLeastContrast = 0.3;  // of the points' brightness
constexpr double kMostMisfit = 0.35;    // of the line, relative
constexpr double kSmallShare = 0.15;    // of the variance, left out
constexpr double kFalls = 0.6;          // variance of the brightest over that of the darkest

constexpr double kCorrelated = 0.2;        // texture alone gives up to 0.1 at sigma 0.02
constexpr double kLeastAlike = 0.6;        // sigma of the flattest images over the median
constexpr double kLeastCorrelated = 0.01;  // sigma that most images must reach: texture differs
constexpr double kMostRelief = 1.25;       // sigma of less flat places over that of flat ones

/// Median over the images of each brightness, with the number of images as weight.
std::vector<NoisePoint> median_points(const std::vector<ImageNoise>& images) {
  std::vector<NoisePoint> all;
  for (const ImageNoise& image : images) std::ranges::copy(image.points, std::back_inserter(all));
  const auto [darkest, brightest] = std::ranges::minmax_element(all, {}, &NoisePoint::brightness);
  const BrightnessBins range{darkest->brightness, brightest->brightness};
  std::array<std::vector<NoisePoint>, BrightnessBins::kCount> bins;
  for (const NoisePoint& point : all) bins[range.of(point.brightness)].push_back(point);
  std::vector<NoisePoint> points;
  for (const std::vector<NoisePoint>& bin : bins) {
    if (bin.empty()) continue;
    std::vector<double> variances;
    double brightness = 0;
    for (const NoisePoint& point : bin) {
      variances.push_back(point.variance);
      brightness += point.brightness / static_cast<double>(bin.size());
    }
    points.push_back({brightness, median_of(variances), static_cast<double>(bin.size())});
  }
  return points;
}

NoiseEstimate::Spread spread_of(std::vector<double>& sigmas) {
  return {.median = median_of(sigmas),
          .least = std::ranges::min(sigmas),
          .largest = std::ranges::max(sigmas),
          .low = quantile_of(sigmas, 0.1),
          .high = quantile_of(sigmas, 0.9)};
}

/// Least squares of the relative misfit.
NoiseLine fit(const std::vector<NoisePoint>& points, bool additive, bool photon) {
  double aa = 0, ab = 0, bb = 0, a = 0, b = 0;
  for (const NoisePoint& p : points) {
    const double one = 1 / p.variance, slope = p.brightness / p.variance;
    aa += p.weight * one * one;
    ab += p.weight * one * slope;
    bb += p.weight * slope * slope;
    a += p.weight * one;
    b += p.weight * slope;
  }
  if (!photon) return {a / aa, 0};
  if (!additive) return {0, b / bb};
  const double determinant = aa * bb - ab * ab;
  return {(bb * a - ab * b) / determinant, (aa * b - ab * a) / determinant};
}

/// Root mean square of the misfit, relative to the variance.
double misfit(const std::vector<NoisePoint>& points, const NoiseLine& line) {
  double sum = 0, weights = 0;
  for (const NoisePoint& p : points) {
    const double relative = line.variance(p.brightness) / p.variance - 1;
    sum += p.weight * relative * relative;
    weights += p.weight;
  }
  return std::sqrt(sum / weights);
}

double mean_brightness(const std::vector<NoisePoint>& points) {
  double sum = 0, weights = 0;
  for (const NoisePoint& p : points) {
    sum += p.weight * p.brightness;
    weights += p.weight;
  }
  return sum / weights;
}

/// Sets trend and line from the points.
void draw_line(NoiseEstimate& estimate) {
  const std::vector<NoisePoint>& points = estimate.points;
  // Misfits are relative to the variance.
  if (std::ranges::any_of(points, [](const NoisePoint& p) { return p.variance <= 0; })) return;
  estimate.line = fit(points, true, false);
  const double darkest = points.front().brightness, brightest = points.back().brightness;
  if (points.size() < kFewestPoints || brightest - darkest < kLeastContrast * brightest) return;

  const NoiseLine free = fit(points, true, true);
  const double middle = mean_brightness(points);
  const double share = free.photon * middle / free.variance(middle);
  if (free.photon < 0 && free.variance(brightest) < kFalls * free.variance(darkest)) {
    estimate.trend = NoiseTrend::falling;
  } else if (share < kSmallShare) {
    estimate.trend = NoiseTrend::even;
  } else if (share > 1 - kSmallShare) {
    estimate.trend = NoiseTrend::photon;
    estimate.line = fit(points, false, true);
  } else {
    estimate.trend = NoiseTrend::both;
    estimate.line = free;
  }
  const bool line = estimate.trend != NoiseTrend::falling;
  if (line && misfit(points, estimate.line) > kMostMisfit) {
    estimate.trend = NoiseTrend::unknown;
    estimate.line = fit(points, true, false);
  }
}

/// Takes noise of all frequencies for `sigma` where it is correlated.
void judge_correlation(const std::vector<ImageNoise>& images, NoiseEstimate& estimate) {
  std::vector<double> correlations, reliefs, sigmas;
  for (const ImageNoise& image : images) {
    sigmas.push_back(image.correlation ? image.flat_sigma : image.sigma);
    if (!image.correlation) continue;
    correlations.push_back(*image.correlation);
    reliefs.push_back(image.rough_sigma / image.flat_sigma);
  }
  if (correlations.empty()) return;
  estimate.correlation = median_of(correlations);
  // Noise is in every image and everywhere, texture is not.
  const double low = quantile_of(sigmas, 0.1);
  estimate.correlated = *estimate.correlation > kCorrelated && median_of(reliefs) < kMostRelief &&
                        low > std::max(kLeastCorrelated, kLeastAlike * median_of(sigmas));
  if (!estimate.correlated) return;
  estimate.sigma = spread_of(sigmas);
}

/// The middle of an image too large to be measured whole.
Tensor middle_of(const Tensor& image) {
  const Shape shape = shape_of(image);
  const Index height = std::min(shape[0], kMostExtent), width = std::min(shape[1], kMostExtent);
  Tensor part = make_tensor({height, width, shape[2]});
  copy_part(view(image), (shape[0] - height) / 2, (shape[1] - width) / 2, view(part));
  return part;
}

/// What a model would be given, of the image that a sample comes from.
Tensor noisy_image(const Dataset& dataset, Index sample) {
  if (!dataset.paired()) return middle_of(dataset.whole(sample));
  Tensor input = make_tensor(dataset.shape());
  dataset.read_input(sample, kFixedEpoch, view(input));
  return middle_of(input);
}

}  // namespace

NoiseEstimate summarize_noise(const std::vector<ImageNoise>& all) {
  std::vector<ImageNoise> images;
  std::ranges::copy_if(all, std::back_inserter(images),
                       [](const ImageNoise& image) { return !image.clipped; });
  const bool clipped = 2 * images.size() < all.size();
  if (clipped) images = all;
  NoiseEstimate estimate{.images = static_cast<Index>(images.size()), .clipped = clipped};
  std::vector<double> sigmas;
  for (const ImageNoise& image : images) sigmas.push_back(image.sigma);
  estimate.sigma = spread_of(sigmas);
  if (clipped) return estimate;
  estimate.points = median_points(images);
  judge_correlation(images, estimate);
  // Correlated noise has little energy at high frequencies, where `points` were measured.
  if (!estimate.none() && !estimate.correlated) draw_line(estimate);
  return estimate;
}

std::optional<NoiseEstimate> estimate_noise(const Dataset& dataset, Index most) {
  const Index images = dataset.size() / dataset.group();
  const Shape first = shape_of(noisy_image(dataset, 0));
  const Index pixels = first[0] * first[1];
  const Index together = std::clamp<Index>(kFewestPixels / pixels, 1, images);
  const Index groups = std::min(most, images / together);
  std::vector<ImageNoise> measured;
  for (Index g = 0; g < groups; ++g) {
    std::vector<Tensor> group;
    for (Index i = 0; i < together; ++i) {
      const Index image = (g * together + i) * images / (groups * together);
      group.push_back(noisy_image(dataset, image * dataset.group()));
    }
    if (const auto noise = image_noise(group)) measured.push_back(*noise);
  }
  if (measured.empty()) return std::nullopt;
  NoiseEstimate estimate = summarize_noise(measured);
  estimate.images *= together;
  estimate.together = together;
  return estimate;
}

}  // namespace adjoint
