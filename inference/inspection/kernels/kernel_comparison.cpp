#include "inference/inspection/kernels/kernel_comparison.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "framework/conv/gemm.hpp"
#include "framework/tensor/random.hpp"
#include "inference/inspection/kernels/assignment.hpp"
#include "inference/inspection/kernels/frequency_response.hpp"
#include "inference/inspection/kernels/singular_values.hpp"

namespace adjoint {
namespace {

constexpr int kChancePairs = 8;
constexpr double kDead = 0.01;       // of the largest norm
constexpr double kDuplicate = 0.95;  // cosine

Index feature_channels(ConstView kernel) {
  return kernel.shape.back();
}
Index weights_per_channel(ConstView kernel) {
  return kernel.shape.size() / kernel.shape.back();
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The kernel as a matrix (weights, feature channels) with columns of length 1, or 0 for zeros.
Tensor with_unit_columns(ConstView kernel) {
  const Index rows = weights_per_channel(kernel), columns = feature_channels(kernel);
  std::vector<double> squares(static_cast<std::size_t>(columns));
  for (Index i = 0; i < rows * columns; ++i) {
    squares[static_cast<std::size_t>(i % columns)] += static_cast<double>(kernel[i]) * kernel[i];
  }
  Tensor unit = make_tensor({rows, columns});
  for (Index i = 0; i < rows * columns; ++i) {
    const double square = squares[static_cast<std::size_t>(i % columns)];
    unit.data()[i] = square > 0 ? static_cast<Real>(kernel[i] / std::sqrt(square)) : Real{0};
  }
  return unit;
}

/// The kernel as a matrix (weights, feature channels).
ConstView as_matrix(ConstView kernel) {
  return kernel.reshaped({weights_per_channel(kernel), feature_channels(kernel)});
}

/// (feature channels, feature channels): inner products of each kernel of the first with each of
/// the second.
Tensor inner_products(ConstView first, ConstView second) {
  const Index channels = feature_channels(first);
  Tensor result = make_tensor({channels, channels});
  gemm({.rows = channels, .columns = channels, .inner = weights_per_channel(first)},
       {.data = first.data, .stride = channels, .transposed = true},
       {.data = second.data, .stride = channels}, result.data(), channels);
  return result;
}

/// (feature channels, feature channels): each kernel of the first with each of the second.
Tensor cosines(ConstView first, ConstView second) {
  const Tensor a = with_unit_columns(first), b = with_unit_columns(second);
  return inner_products(view(a), view(b));
}

double inner_product(ConstView a, ConstView b) {
  double sum = 0;
  for (Index i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

double cosine_of(ConstView a, ConstView b) {
  const double norms = frobenius_norm(a) * frobenius_norm(b);
  return norms > 0 ? inner_product(a, b) / norms : 0;
}

/// The greatest cosine of the second with the first times an orthogonal matrix of its features is
/// the sum of the singular values of their inner products (Schönemann, Psychometrika 31, 1966).
double cosine_under_rotation(ConstView first, ConstView second) {
  const double norms = frobenius_norm(first) * frobenius_norm(second);
  if (norms == 0) return 0;
  const Tensor products = inner_products(first, second);
  const std::vector<double> values = singular_values(view(products));
  return std::accumulate(values.begin(), values.end(), 0.0) / norms;
}

}  // namespace

Tensor random_kernel(const Shape& shape, std::uint32_t index) {
  Random random({.seed = 1, .purpose = Purpose::initialize, .index = index});
  Tensor kernel = make_tensor(shape);
  for (Real& weight : kernel) weight = random.normal();
  return kernel;
}

Summary summarize(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return {.mean = mean(values),
          .median = (values[(n - 1) / 2] + values[n / 2]) / 2,
          .min = values.front(),
          .max = values.back()};
}

Index KernelComparison::same_channel_matches() const {
  Index count = 0;
  for (std::size_t f = 0; f < matching.size(); ++f) count += matching[f] == static_cast<Index>(f);
  return count;
}

KernelComparison compare_kernels(ConstView first, ConstView second) {
  assert(first.shape == second.shape);
  const Index channels = feature_channels(first);
  const Tensor all = cosines(first, second);
  KernelComparison result;
  result.cosine = cosine_of(first, second);
  result.matching = best_assignment(view(all));
  for (Index f = 0; f < channels; ++f) {
    const Real* row = all.data() + f * channels;
    result.by_channel.push_back(row[f]);
    result.matched.push_back(row[result.matching[static_cast<std::size_t>(f)]]);
  }
  result.rotated = cosine_under_rotation(first, second);
  result.subspaces = subspace_angles(as_matrix(first), as_matrix(second));
  const Tensor one = frequency_response(first), other = frequency_response(second);
  result.frequency_cosine = cosine_of(view(one), view(other));
  return result;
}

IdleKernels idle_kernels(ConstView kernel) {
  const Index features = feature_channels(kernel);
  std::vector<double> squares(static_cast<std::size_t>(features));
  for (Index i = 0; i < kernel.size(); ++i)
    squares[static_cast<std::size_t>(i % features)] += static_cast<double>(kernel[i]) * kernel[i];
  const double least = kDead * kDead * std::ranges::max(squares);
  const Tensor all = cosines(kernel, kernel);
  IdleKernels idle;
  for (Index f = 0; f < features; ++f) {
    if (squares[static_cast<std::size_t>(f)] <= least) {
      ++idle.dead;
      continue;
    }
    const Real* row = all.data() + f * features;
    idle.duplicates +=
        std::any_of(row, row + f, [](Real cosine) { return std::abs(cosine) > kDuplicate; });
  }
  return idle;
}

ChanceLevel chance_level(const Shape& kernel) {
  std::vector<double> absolute, matched, rotated, subspaces, frequencies;
  for (std::uint32_t pair = 0; pair < kChancePairs; ++pair) {
    const Tensor first = random_kernel(kernel, 2 * pair);
    const Tensor second = random_kernel(kernel, 2 * pair + 1);
    const KernelComparison comparison = compare_kernels(view(first), view(second));
    matched.push_back(mean(comparison.matched));
    rotated.push_back(comparison.rotated);
    subspaces.push_back(mean(comparison.subspaces.cosines));
    frequencies.push_back(comparison.frequency_cosine);
    double sum = 0;
    for (double cosine : comparison.by_channel) sum += std::abs(cosine);
    absolute.push_back(sum / static_cast<double>(comparison.by_channel.size()));
  }
  ChanceLevel level{.absolute_by_channel = mean(absolute),
                    .matched = mean(matched),
                    .rotated = mean(rotated),
                    .subspaces = mean(subspaces),
                    .frequency_cosine = mean(frequencies)};
  double squares = 0;
  for (double value : matched) squares += (value - level.matched) * (value - level.matched);
  level.matched_deviation = std::sqrt(squares / (kChancePairs - 1));
  return level;
}

double frobenius_norm(ConstView kernel) {
  return std::sqrt(inner_product(kernel, kernel));
}

double relative_change(ConstView before, ConstView after) {
  double squares = 0;
  for (Index i = 0; i < before.size(); ++i) {
    const double difference = static_cast<double>(after[i]) - before[i];
    squares += difference * difference;
  }
  const double norm = frobenius_norm(before);
  return squares == 0 ? 0 : std::sqrt(squares) / norm;
}

}  // namespace adjoint
