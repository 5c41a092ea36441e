#include "framework/layers/batch_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "framework/pointwise/channel_normalization.hpp"

namespace adjoint {

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
  double* const count = sums.data();
  std::fill_n(count, channels, static_cast<double>(x.size() / channels));
  for_each_group(x.size(), channels, [&](const ChannelGroup& group) {
    double* const sum = count + channels + group.first;
    sum_products(group, x, x, sum, sum + channels);
  });
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
  for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& group) {
    Real mean[kRow], scale[kRow], shift[kRow];
    fill_row(group, mean, [&](Index c) { return moments(pass, c).mean; });
    fill_row(group, scale, [&](Index c) {
      const double gamma = settings_.scale ? pass.parameters[0][c] : 1.0;
      return gamma / std::sqrt(moments(pass, c).variance + settings_.epsilon);
    });
    fill_row(group, shift,
             [&](Index c) { return settings_.center ? pass.parameters[beta_index()][c] : 0; });
    normalize(group, mean, scale, shift, x, pass.output);
  });
}

void BatchNormalization::collect_gradient(const BackwardPass& pass, std::span<double> sums) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index channels = x.shape.back();
  for_each_group(x.size(), channels, [&](const ChannelGroup& group) {
    double* const sum = sums.data() + group.first;
    sum_products(group, dy, x, sum, sum + channels);
  });
}

// With xhat = (x - mean) * s, s = 1 / sqrt(variance + epsilon) and m elements a channel:
//   dx = gamma * s * (dy - sum(dy)/m - xhat * sum(dy * xhat)/m)
// and the two means are 0 where the moving averages normalized, which do not depend on x.
void BatchNormalization::backward(const BackwardPass& pass) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index channels = x.shape.back();
  const View dx = pass.input_gradients[0];
  const View dgamma = settings_.scale ? pass.parameter_gradients[0] : View();
  const View dbeta = settings_.center ? pass.parameter_gradients[beta_index()] : View();
  const auto gamma = [&](Index c) { return settings_.scale ? pass.parameters[0][c] : 1.0; };
  const auto inverse_deviation = [&](Index c) {
    return 1 / std::sqrt(moments(pass, c).variance + settings_.epsilon);
  };
  for_each_group(x.size(), channels, [&](const ChannelGroup& group) {
    Real mean[kRow];
    fill_row(group, mean, [&](Index c) { return moments(pass, c).mean; });
    if (dgamma || dbeta) {
      double sum[kRow], product[kRow];
      sum_gradients(group, mean, x, dy, sum, product);
      for (Index i = 0; i < group.count; ++i) {
        const Index c = group.first + i;
        if (dgamma) dgamma[c] = static_cast<Real>(product[i] * inverse_deviation(c));
        if (dbeta) dbeta[c] = static_cast<Real>(sum[i]);
      }
    }
    if (!dx) return;
    Real scale[kRow], offset[kRow], slope[kRow];
    const auto scale_of = [&](Index c) { return gamma(c) * inverse_deviation(c); };
    fill_row(group, scale, scale_of);
    fill_row(group, offset, [&](Index c) {
      if (pass.statistics.empty()) return 0.0;
      return scale_of(c) * pass.gradient_statistics[c] / pass.statistics[c];
    });
    fill_row(group, slope, [&](Index c) {
      if (pass.statistics.empty()) return 0.0;
      const double s = inverse_deviation(c);
      const double product = pass.gradient_statistics[channels + c] -
                             moments(pass, c).mean * pass.gradient_statistics[c];
      return gamma(c) * s * s * s * product / pass.statistics[c];
    });
    normalize_gradient(group, mean, scale, slope, offset, x, dy, dx);
  });
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

std::optional<ChannelMap> BatchNormalization::channel_map(
    std::span<const ConstView> parameters) const {
  const ConstView mean = parameters[mean_index()], variance = parameters[mean_index() + 1];
  ChannelMap map;
  for (Index c = 0; c < mean.size(); ++c) {
    const double gamma = settings_.scale ? parameters[0][c] : 1.0;
    const double beta = settings_.center ? parameters[beta_index()][c] : 0.0;
    map.scale.push_back(gamma / std::sqrt(variance[c] + settings_.epsilon));
    map.shift.push_back(beta - mean[c] * map.scale.back());
  }
  return map;
}

void BatchNormalization::Settings::keys(Keys& key) {
  key("momentum", momentum, "momentum of the moving averages: the share that each step keeps",
      between(0.0, 1.0));
  key("epsilon", epsilon, "added to the variance", at_least(0.0));
  key("center", center, "shift by a learned beta");
  key("scale", scale, "scale by a learned gamma");
}

}  // namespace adjoint
