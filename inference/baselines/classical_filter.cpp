#include "inference/baselines/classical_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

bool all_finite(const std::vector<double>& window) {
  return std::ranges::all_of(window, [](double value) { return std::isfinite(value); });
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments_of(const std::vector<double>& window) {
  const auto count = static_cast<double>(window.size());
  Moments found{.mean = std::accumulate(window.begin(), window.end(), 0.0) / count};
  for (const double value : window) found.variance += (value - found.mean) * (value - found.mean);
  found.variance /= count;
  return found;
}

double wiener(double pixel, const std::vector<double>& window, double noise_variance) {
  const auto [mean, variance] = moments_of(window);
  if (variance <= noise_variance) return mean;
  return mean + (1 - noise_variance / variance) * (pixel - mean);
}

/// Lengths of the windows, odd.
struct Sizes {
  std::vector<Index> squares = {}, rows = {}, columns = {};
};

Sizes sizes_for(const Shape& image, FilterTask task) {
  const bool detect = task == FilterTask::detect;
  if (image[0] == 1) {
    return detect ? Sizes{.rows = {3, 5, 7, 9, 13, 17, 25, 33, 49, 65}}
                  : Sizes{.rows = {3, 5, 7, 9, 13, 17, 25}};
  }
  return detect ? Sizes{.squares = {3, 5, 7, 9, 11, 15},
                        .rows = {9, 15, 21, 31, 45},
                        .columns = {9, 15, 21, 31, 45}}
                : Sizes{.squares = {3, 5, 7, 9}};
}

}  // namespace

std::string ClassicalFilter::name() const {
  return fmt::format("{} {}x{}", kind == Kind::median ? "median" : "Wiener", window.h, window.w);
}

std::vector<ClassicalFilter> classical_filters(const Shape& image, FilterTask task) {
  const Sizes sizes = sizes_for(image, task);
  std::vector<ClassicalFilter> filters;
  for (const auto kind : {ClassicalFilter::Kind::median, ClassicalFilter::Kind::wiener}) {
    for (const Index size : sizes.squares) filters.push_back({kind, {size, size}});
    for (const Index size : sizes.rows) filters.push_back({kind, {1, size}});
    for (const Index size : sizes.columns) filters.push_back({kind, {size, 1}});
  }
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

double local_noise_variance(const Extent2& window, ConstView image) {
  std::vector<double> variances;
  for_each_window(image, window, [&](Index, const std::vector<double>& values) {
    if (all_finite(values)) variances.push_back(moments_of(values).variance);
  });
  return variances.empty() ? 0 : median_of(variances);
}

void apply(const ClassicalFilter& filter, ConstView image, double noise_variance, View result) {
  const auto filtered = [&](double pixel, std::vector<double>& window) {
    if (!all_finite(window)) return std::numeric_limits<double>::quiet_NaN();
    return filter.kind == ClassicalFilter::Kind::median ? median_of(window)
                                                        : wiener(pixel, window, noise_variance);
  };
  for_each_window(image, filter.window, [&](Index at, std::vector<double>& window) {
    result.data[at] = static_cast<Real>(filtered(static_cast<double>(image.data[at]), window));
  });
}

}  // namespace adjoint
