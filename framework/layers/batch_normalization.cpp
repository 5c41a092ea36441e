#include "framework/layers/batch_normalization.hpp"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/batch_normalization.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/channels.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// Per channel, sum of x and of x * y, accumulated in double: of a large mean that is taken off
/// later, every digit counts.
void sum_products(const Real* x, const Real* y, Index size, Index channels, double* sum,
                  double* product) {
  for_each_group(size, channels, [=](const ChannelGroup& group) HWY_ATTR {
    const auto add_row = [=](Index first, Index width, double(&sums)[2][kRow]) HWY_ATTR {
      double *const s = sums[0], *const p = sums[1];
      for_each<double>(width, [=](auto d, Index i) HWY_ATTR {
        const auto a = load_double(d, x + first + i), b = load_double(d, y + first + i);
        hn::StoreU(hn::Add(hn::LoadU(d, s + i), a), d, s + i);
        hn::StoreU(hn::Add(hn::LoadU(d, p + i), hn::Mul(a, b)), d, p + i);
      });
    };
    sum_rows<double, 2>(group, size, add_row, [=](Index c, const double(&totals)[2]) HWY_ATTR {
      sum[c] = totals[0];
      product[c] = totals[1];
    });
  });
}

// Below, the factors are rows that fill_row() made.

/// y = (x - mean) * scale + shift: centred first, which loses no digits where the mean is large.
void normalize(const ChannelGroup& group, const Real* mean, const Real* scale, const Real* shift,
               const Real* x, Real* y, Index size) {
  for_each_row(group, size, [=](Index first, Index width) HWY_ATTR {
    for_each(width, [=](auto d, Index i) HWY_ATTR {
      const auto centred = hn::Sub(hn::LoadU(d, x + first + i), hn::LoadU(d, mean + i));
      const auto scaled = hn::Mul(centred, hn::LoadU(d, scale + i));
      hn::StoreU(hn::Add(scaled, hn::LoadU(d, shift + i)), d, y + first + i);
    });
  });
}

/// sum[c] = sum of dy, product[c] = sum of dy * (x - mean).
void sum_gradients(const ChannelGroup& group, const Real* mean, const Real* x, const Real* dy,
                   Index size, double* sum, double* product) {
  const auto add_row = [=](Index first, Index width, Real(&sums)[2][kRow]) HWY_ATTR {
    Real *const s = sums[0], *const p = sums[1];
    for_each(width, [=](auto d, Index i) HWY_ATTR {
      const auto g = hn::LoadU(d, dy + first + i);
      const auto centred = hn::Sub(hn::LoadU(d, x + first + i), hn::LoadU(d, mean + i));
      hn::StoreU(hn::Add(hn::LoadU(d, s + i), g), d, s + i);
      hn::StoreU(hn::Add(hn::LoadU(d, p + i), hn::Mul(g, centred)), d, p + i);
    });
  };
  sum_rows<Real, 2>(group, size, add_row, [=](Index c, const double(&totals)[2]) HWY_ATTR {
    sum[c - group.first] = totals[0];
    product[c - group.first] = totals[1];
  });
}

/// dx = (dy - mean_dy) * scale - (x - mean) * slope
void normalize_gradient(const ChannelGroup& group, const Real* mean, const Real* scale,
                        const Real* mean_dy, const Real* slope, const Real* x, const Real* dy,
                        Real* dx, Index size) {
  for_each_row(group, size, [=](Index first, Index width) HWY_ATTR {
    for_each(width, [=](auto d, Index i) HWY_ATTR {
      const auto centred = hn::Sub(hn::LoadU(d, x + first + i), hn::LoadU(d, mean + i));
      const auto g = hn::Sub(hn::LoadU(d, dy + first + i), hn::LoadU(d, mean_dy + i));
      hn::StoreU(
          hn::Sub(hn::Mul(g, hn::LoadU(d, scale + i)), hn::Mul(centred, hn::LoadU(d, slope + i))),
          d, dx + first + i);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(sum_products);
HWY_EXPORT(normalize);
HWY_EXPORT(sum_gradients);
HWY_EXPORT(normalize_gradient);

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
  HWY_DYNAMIC_DISPATCH(sum_products)
  (x.data, x.data, x.size(), channels, count + channels, count + 2 * channels);
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
    HWY_DYNAMIC_DISPATCH(normalize)
    (group, mean, scale, shift, x.data, pass.output.data, x.size());
  });
}

void BatchNormalization::collect_gradient(const BackwardPass& pass, std::span<double> sums) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index channels = x.shape.back();
  HWY_DYNAMIC_DISPATCH(sum_products)
  (dy.data, x.data, x.size(), channels, sums.data(), sums.data() + channels);
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
  const auto inverse_deviation = [&](Index c) {
    return 1 / std::sqrt(moments(pass, c).variance + settings_.epsilon);
  };
  for_each_group(x.size(), channels, [&](const ChannelGroup& group) {
    Real mean[kRow];
    fill_row(group, mean, [&](Index c) { return moments(pass, c).mean; });
    if (dgamma || dbeta) {
      double sum[kRow], product[kRow];
      HWY_DYNAMIC_DISPATCH(sum_gradients)(group, mean, x.data, dy.data, x.size(), sum, product);
      for (Index i = 0; i < group.count; ++i) {
        const Index c = group.first + i;
        if (dgamma) dgamma[c] = static_cast<Real>(product[i] * inverse_deviation(c));
        if (dbeta) dbeta[c] = static_cast<Real>(sum[i]);
      }
    }
    if (!dx) return;
    Real scale[kRow], mean_dy[kRow], slope[kRow];
    fill_row(group, scale, [&](Index c) {
      return (settings_.scale ? pass.parameters[0][c] : 1.0) * inverse_deviation(c);
    });
    fill_row(group, mean_dy, [&](Index c) {
      return pass.statistics.empty() ? 0 : pass.gradient_statistics[c] / pass.statistics[c];
    });
    fill_row(group, slope, [&](Index c) {
      if (pass.statistics.empty()) return 0.0;
      const double s = inverse_deviation(c), gamma = settings_.scale ? pass.parameters[0][c] : 1.0;
      const double product = pass.gradient_statistics[channels + c] -
                             moments(pass, c).mean * pass.gradient_statistics[c];
      return gamma * s * s * s * product / pass.statistics[c];
    });
    HWY_DYNAMIC_DISPATCH(normalize_gradient)
    (group, mean, scale, mean_dy, slope, x.data, dy.data, dx.data, x.size());
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

void BatchNormalization::Settings::keys(Keys& key) {
  key("momentum", momentum, "share of the old moving average that each step keeps",
      between(0.0, 1.0));
  key("epsilon", epsilon, "added to the variance", at_least(0.0));
  key("center", center, "shift by a learned beta");
  key("scale", scale, "scale by a learned gamma");
}

}  // namespace adjoint
#endif
