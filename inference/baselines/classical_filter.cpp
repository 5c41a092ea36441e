#include "inference/baselines/classical_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "datasets/quantile.hpp"

namespace adjoint {
namespace {

/// Position in [0, size) of one reflected at the edges, which it repeats: ... 1 0 0 1 ...
Index reflected(Index at, Index size) {
  const Index period = 2 * size;
  const Index place = (at % period + period) % period;
  return place < size ? place : period - 1 - place;
}

/// Calls visit(pixel, values of its window) for every pixel and channel.
template <class Visit>
void for_each_window(ConstView image, const Extent2& window, Visit visit) {
  const Index height = image.shape[0], width = image.shape[1], channels = image.shape[2];
  std::vector<double> values;
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      for (Index c = 0; c < channels; ++c) {
        values.clear();
        for (Index dy = -(window.h / 2); dy <= window.h / 2; ++dy) {
          const Index row = reflected(y + dy, height) * width;
          for (Index dx = -(window.w / 2); dx <= window.w / 2; ++dx) {
            const Index pixel = row + reflected(x + dx, width);
            values.push_back(static_cast<double>(image.data[pixel * channels + c]));
          }
        }
        visit((y * width + x) * channels + c, values);
      }
    }
  }
}

double wiener(double pixel, const std::vector<double>& window, double noise_variance) {
  const auto count = static_cast<double>(window.size());
  const double mean = std::accumulate(window.begin(), window.end(), 0.0) / count;
  double variance = 0;
  for (const double value : window) variance += (value - mean) * (value - mean) / count;
  if (variance <= noise_variance) return mean;
  return mean + (1 - noise_variance / variance) * (pixel - mean);
}

}  // namespace

std::string ClassicalFilter::name() const {
  return fmt::format("{} {}x{}", kind == Kind::median ? "median" : "Wiener", window.h, window.w);
}

std::vector<ClassicalFilter> classical_filters(const Shape& image) {
  const bool row = image[0] == 1;
  const std::vector<Index> sizes =
      row ? std::vector<Index>{3, 5, 7, 9, 13, 17, 25} : std::vector<Index>{3, 5, 7, 9};
  std::vector<ClassicalFilter> filters;
  for (const auto kind : {ClassicalFilter::Kind::median, ClassicalFilter::Kind::wiener})
    for (const Index size : sizes) filters.push_back({kind, {row ? 1 : size, size}});
  return filters;
}

std::vector<std::size_t> best_of_each_kind(const std::vector<ClassicalFilter>& filters,
                                           const std::vector<double>& values) {
  std::map<ClassicalFilter::Kind, std::size_t> best;
  for (std::size_t f = 0; f < filters.size(); ++f) {
    const auto place = best.try_emplace(filters[f].kind, f).first;
    if (values[f] > values[place->second]) place->second = f;
  }
  std::vector<std::size_t> list;
  for (const auto& [kind, f] : best) list.push_back(f);
  return list;
}

void apply(const ClassicalFilter& filter, ConstView image, double noise_variance, View result) {
  for_each_window(image, filter.window, [&](Index at, std::vector<double>& window) {
    const double value = filter.kind == ClassicalFilter::Kind::median
                             ? median_of(window)
                             : wiener(static_cast<double>(image.data[at]), window, noise_variance);
    result.data[at] = static_cast<Real>(value);
  });
}

}  // namespace adjoint
