#include "framework/layers/batch_normalization.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {
namespace {

/// Calls visit(channel, element index) over (..., C), channel by channel within a position.
template <class Visit>
void for_each_element(Index size, Index channels, Visit visit) {
  for (Index p = 0; p < size; p += channels) {
    for (Index c = 0; c < channels; ++c) visit(c, p + c);
  }
}

}  // namespace

std::vector<ParameterSpec> BatchNormalization::parameters(const LayerShapes& shapes) const {
  const Shape channels{only(shapes).back()};
  std::vector<ParameterSpec> specs;
  if (settings_.scale) {
    specs.push_back({.name = "gamma", .shape = channels, .initializer = Initializer::ones});
  }
  if (settings_.center) specs.push_back({.name = "beta", .shape = channels});
  specs.push_back({.name = "moving_mean", .shape = channels, .trainable = false});
  specs.push_back({.name = "moving_variance",
                   .shape = channels,
                   .initializer = Initializer::ones,
                   .trainable = false});
  return specs;
}

void BatchNormalization::collect(const ForwardPass& pass, std::span<double> sums) const {
  const ConstView x = pass.inputs[0];
  const Index channels = x.shape.back();
  std::ranges::fill(sums, 0.0);
  double* const count = sums.data();
  double* const sum = count + channels;
  double* const squares = sum + channels;
  for_each_element(x.size(), channels, [&](Index c, Index i) {
    const double value = x[i];
    sum[c] += value;
    squares[c] += value * value;
  });
  std::fill_n(count, channels, static_cast<double>(x.size() / channels));
}

template <class Pass>
BatchNormalization::Moments BatchNormalization::moments(const Pass& pass, Index channel) const {
  if (!pass.statistics.empty()) return batch_moments(pass.statistics, channel);
  return {pass.parameters[mean_index()][channel], pass.parameters[mean_index() + 1][channel]};
}

BatchNormalization::Moments BatchNormalization::batch_moments(std::span<const double> statistics,
                                                              Index channel) const {
  const Index channels = static_cast<Index>(statistics.size()) / 3;
  const double count = statistics[channel];
  const double mean = statistics[channels + channel] / count;
  // Sums are in double and values in float, so the difference of squares keeps its digits.
  const double variance = statistics[2 * channels + channel] / count - mean * mean;
  return {mean, std::max(variance, 0.0)};
}

void BatchNormalization::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  const Index channels = x.shape.back();
  for (Index c = 0; c < channels; ++c) {
    const Moments m = moments(pass, c);
    const double gamma = settings_.scale ? pass.parameters[0][c] : 1.0;
    const double beta = settings_.center ? pass.parameters[beta_index()][c] : 0.0;
    const double factor = gamma / std::sqrt(m.variance + settings_.epsilon);
    // y = (x - mean) * factor + beta: centred first, which loses no digits where the mean is large.
    const Real mean = static_cast<Real>(m.mean), scale = static_cast<Real>(factor),
               shift = static_cast<Real>(beta);
    for (Index i = c; i < x.size(); i += channels) pass.output[i] = (x[i] - mean) * scale + shift;
  }
}

void BatchNormalization::collect_gradient(const BackwardPass& pass, std::span<double> sums) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index channels = x.shape.back();
  std::ranges::fill(sums, 0.0);
  double* const sum = sums.data();
  double* const product = sum + channels;
  for_each_element(x.size(), channels, [&](Index c, Index i) {
    sum[c] += dy[i];
    product[c] += static_cast<double>(dy[i]) * x[i];
  });
}

// With xhat = (x - mean) * s, s = 1 / sqrt(variance + epsilon) and m elements a channel:
//   dx = gamma * s * (dy - sum(dy)/m - xhat * sum(dy * xhat)/m)
// and the two means are 0 where the moving averages normalized, which do not depend on x.
void BatchNormalization::backward(const BackwardPass& pass) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index channels = x.shape.back();
  for (Index c = 0; c < channels; ++c) {
    const Moments m = moments(pass, c);
    const double s = 1 / std::sqrt(m.variance + settings_.epsilon);
    double shard_sum = 0, shard_product = 0;
    for (Index i = c; i < x.size(); i += channels) {
      shard_sum += dy[i];
      shard_product += static_cast<double>(dy[i]) * (x[i] - m.mean) * s;
    }
    if (settings_.scale && pass.parameter_gradients[0]) {
      pass.parameter_gradients[0][c] = static_cast<Real>(shard_product);
    }
    if (settings_.center && pass.parameter_gradients[beta_index()]) {
      pass.parameter_gradients[beta_index()][c] = static_cast<Real>(shard_sum);
    }
    if (!pass.input_gradients[0]) continue;
    double mean_gradient = 0, mean_product = 0;
    if (!pass.statistics.empty()) {
      const double count = pass.statistics[c];
      const double sum = pass.gradient_statistics[c];
      mean_gradient = sum / count;
      mean_product = (pass.gradient_statistics[channels + c] - m.mean * sum) * s / count;
    }
    const double factor = (settings_.scale ? pass.parameters[0][c] : 1.0) * s;
    for (Index i = c; i < x.size(); i += channels) {
      const double xhat = (x[i] - m.mean) * s;
      pass.input_gradients[0][i] =
          static_cast<Real>(factor * (dy[i] - mean_gradient - xhat * mean_product));
    }
  }
}

void BatchNormalization::update_state(std::span<const double> statistics,
                                      std::span<const View> parameters) const {
  const View mean = parameters[mean_index()], variance = parameters[mean_index() + 1];
  const double keep = settings_.momentum;
  for (Index c = 0; c < mean.size(); ++c) {
    const Moments m = batch_moments(statistics, c);
    mean[c] = static_cast<Real>(keep * mean[c] + (1 - keep) * m.mean);
    variance[c] = static_cast<Real>(keep * variance[c] + (1 - keep) * m.variance);
  }
}

void BatchNormalization::Settings::keys(Keys& key) {
  key("momentum", momentum, "share of the old moving average that each step keeps",
      between(0.0, 1.0));
  key("epsilon", epsilon, "added to the variance", at_least(0.0));
  key("center", center, "shift by a learned beta");
  key("scale", scale, "scale by a learned gamma");
}

}  // namespace adjoint
