#include "framework/metrics/metric.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "framework/metrics/errors.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/metrics/ssim.hpp"

namespace adjoint {
namespace {

bool always(const Shape&) {
  return true;
}

constexpr std::array<Metric, 4> kMetrics{{
    {"mse", "mean squared error", mean_squared_error, always},
    {"mae", "mean absolute error", mean_absolute_error, always},
    {"psnr", "peak signal-to-noise ratio in dB", psnr, always},
    {"ssim", "structural similarity, 1 for equal images", ssim, has_ssim},
}};

}  // namespace

std::span<const Metric> all_metrics() {
  return kMetrics;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

std::vector<Metric> metrics_named(const std::vector<std::string>& names) {
  std::vector<Metric> metrics;
  for (const std::string& name : names) {
    const auto* found = std::ranges::find(kMetrics, name, &Metric::name);
    assert(found != kMetrics.end());
    metrics.push_back(*found);
  }
  return metrics;
}

}  // namespace adjoint
