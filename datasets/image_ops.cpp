#include "datasets/image_ops.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/tensor/cubic.hpp"

namespace adjoint {
namespace {

/// The pixels from which one pixel of a resized line is made, and their weights.
struct Tap {
  Index first = 0;
  std::vector<Real> weights;
};

/// Radius of a filter, in steps.
double reach_of(Filter filter) {
  return filter == Filter::box ? 0.5 : filter == Filter::triangle ? 1 : 2;
}

double weight_at(double distance, Filter filter) {
  switch (filter) {
    case Filter::box:
      return 1;
    case Filter::triangle:
      return std::max(0.0, 1 - distance);
    case Filter::cubic:
      break;
  }
  if (distance >= 2) return 0;
  return keys_cubic(distance);
}

std::vector<Tap> taps(Index from, Index to, Filter filter) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double unit = std::max(1.0, step);
  const double reach = reach_of(filter) * unit;
  std::vector<Tap> all(static_cast<std::size_t>(to));
  for (Index i = 0; i < to; ++i) {
    Tap& tap = all[static_cast<std::size_t>(i)];
    const double centre = (static_cast<double>(i) + 0.5) * step;
    tap.first = std::max<Index>(0, std::llround(centre - reach));
    const Index last = std::min<Index>(from, std::llround(centre + reach));
    double sum = 0;
    for (Index j = tap.first; j < last; ++j) {
      const double distance = std::abs(static_cast<double>(j) + 0.5 - centre);
      const double weight = weight_at(distance / unit, filter);
      tap.weights.push_back(static_cast<Real>(weight));
      sum += weight;
    }
    for (Real& weight : tap.weights) weight /= static_cast<Real>(sum);
  }
  return all;
}

/// Resizes the middle axis of (outer, from, inner) to (outer, to, inner).
Tensor resized_axis(ConstView image, Index to, Filter filter) {
  const Index outer = image.shape[0];
  const Index from = image.shape[1];
  const Index inner = image.shape[2];
  Tensor result = make_tensor({outer, to, inner}, Real{0});
  const std::vector<Tap> all = taps(from, to, filter);
  for (Index o = 0; o < outer; ++o) {
    for (Index i = 0; i < to; ++i) {
      const Tap& tap = all[static_cast<std::size_t>(i)];
      Real* target = result.data() + (o * to + i) * inner;
      const Real* source = image.data + (o * from + tap.first) * inner;
      for (Real weight : tap.weights) {
        for (Index k = 0; k < inner; ++k) target[k] += weight * source[k];
        source += inner;
      }
    }
  }
  return result;
}

/// The luminance of a pixel.
Real gray_of(const Real* pixel, Index channels) {
  if (channels == 3) return 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
  return std::accumulate(pixel, pixel + channels, Real{0}) / static_cast<Real>(channels);
}

}  // namespace

Tensor with_channels(ConstView image, Index channels) {
  const Index stored = image.shape[2];
  if (stored == channels) return copy_of(image);
  Tensor result = make_tensor({image.shape[0], image.shape[1], channels});
  for (Index pixel = 0; pixel < image.size() / stored; ++pixel)
    std::fill_n(result.data() + pixel * channels, channels,
                gray_of(image.data + pixel * stored, stored));
  return result;
}

void copy_part(ConstView image, Index top, Index left, View part) {
  const Index channels = image.shape[2];
  const Index row = part.shape[1] * channels;
  for (Index y = 0; y < part.shape[0]; ++y) {
    const Real* from = image.data + ((top + y) * image.shape[1] + left) * channels;
    std::copy_n(from, row, part.data + y * row);
  }
}

Tensor resized(ConstView image, Index height, Index width, Filter filter) {
  const Index channels = image.shape[2];
  Tensor wide = resized_axis(image, width, filter);
  // Rows are the middle axis of (1, H, width * C).
  const ConstView rows = ConstView(view(wide)).reshaped({1, image.shape[0], width * channels});
  Tensor result = resized_axis(rows, height, filter);
  // Sums of weights may be 1 and a little; a cubic overshoots.
  for (Real& x : result) x = std::clamp(x, Real{0}, Real{1});
  result.reshape({height, width, channels});
  return result;
}

Tensor resized_batch(ConstView images, Index height, Index width, Filter filter) {
  const Shape from = images.shape.sample();
  Tensor result = make_tensor(Shape{height, width, from[2]}.batched(images.shape[0]));
  for (Index n = 0; n < images.shape[0]; ++n) {
    std::ranges::copy(resized(images.slice(n, 1).reshaped(from), height, width, filter),
                      view(result).slice(n, 1).data);
  }
  return result;
}

}  // namespace adjoint
