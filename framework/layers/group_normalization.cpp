#include "framework/layers/group_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "framework/pointwise/channel_normalization.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Room for four numbers of each group.
struct PreparedGroups final : Prepared {
  explicit PreparedGroups(Index groups) : groups(groups) {}
  Index scratch_size() const override { return 4 * groups; }
  Index groups;
};

/// Numbers of the groups of one sample, in scratch memory.
struct Groups {
  Index count;
  Index channels;  // of each
  Real *mean, *inverse_deviation;
  Real *mean_gradient, *mean_product;  // of dy * gamma, and of that times (x - mean)

  template <class Pass>
  explicit Groups(const Pass& pass)
      : count(static_cast<const PreparedGroups&>(*pass.prepared).groups),
        channels(pass.inputs[0].shape.back() / count),
        mean(pass.scratch.data),
        inverse_deviation(mean + count),
        mean_gradient(inverse_deviation + count),
        mean_product(mean_gradient + count) {}

  Index of(Index channel) const { return channel / channels; }
};

/// Sums two numbers over the channels of each group, which come in order.
class GroupSums {
 public:
  explicit GroupSums(const Groups& groups) : groups_(groups) {}
  /// Calls finish(group, sum, other) after the last channel of each.
  template <class Finish>
  void add(Index channel, double value, double other, Finish finish) {
    value_ += value;
    other_ += other;
    if ((channel + 1) % groups_.channels != 0) return;
    finish(groups_.of(channel), value_, other_);
    value_ = other_ = 0;
  }

 private:
  const Groups& groups_;
  double value_ = 0, other_ = 0;
};

void find_moments(const Groups& groups, double epsilon, ConstView x) {
  const double count = static_cast<double>(x.size() / groups.count);
  GroupSums sums(groups);
  for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& chunk) {
    double sum[kRow], square[kRow];
    sum_products(chunk, x, x, sum, square);
    for (Index i = 0; i < chunk.count; ++i) {
      sums.add(chunk.first + i, sum[i], square[i], [&](Index g, double total, double squares) {
        const double mean = total / count;
        // In double, so that the difference keeps the digits of float.
        const double variance = std::max(squares / count - mean * mean, 0.0);
        groups.mean[g] = static_cast<Real>(mean);
        groups.inverse_deviation[g] = static_cast<Real>(1 / std::sqrt(variance + epsilon));
      });
    }
  });
}

}  // namespace

Index GroupNormalization::group_count(Index channels) const {
  const Index groups = settings_.groups < 0 ? channels : settings_.groups;
  if (channels % groups != 0) {
    throw InputError("GroupNormalization: groups = {} does not divide the {} channels", groups,
                     channels);
  }
  return groups;
}

Shape GroupNormalization::output_shape(const LayerShapes& shapes) const {
  group_count(only(shapes).back());
  return only(shapes);
}

std::vector<ParameterSpec> GroupNormalization::parameters(const LayerShapes& shapes) const {
  const Shape channels{only(shapes).back()};
  std::vector<ParameterSpec> specs;
  if (settings_.scale) {
    specs.push_back({.name = "gamma", .shape = channels, .initializer = Initializer::ones});
  }
  if (settings_.center) specs.push_back({.name = "beta", .shape = channels});
  return specs;
}

std::unique_ptr<Prepared> GroupNormalization::prepare(const LayerShapes& shapes,
                                                      const PrepareRequest&) const {
  return std::make_unique<PreparedGroups>(group_count(only(shapes).back()));
}

void GroupNormalization::forward(const ForwardPass& pass) const {
  const Groups groups(pass);
  for (Index n = 0; n < pass.inputs[0].shape[0]; ++n) {
    const ConstView x = pass.inputs[0].slice(n, 1);
    find_moments(groups, settings_.epsilon, x);
    for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& chunk) {
      Real mean[kRow], scale[kRow], shift[kRow];
      fill_row(chunk, mean, [&](Index c) { return groups.mean[groups.of(c)]; });
      fill_row(chunk, scale, [&](Index c) {
        return groups.inverse_deviation[groups.of(c)] *
               (settings_.scale ? pass.parameters[0][c] : Real{1});
      });
      fill_row(chunk, shift, [&](Index c) {
        return settings_.center ? pass.parameters[beta_index()][c] : Real{0};
      });
      normalize(chunk, mean, scale, shift, x, pass.output.slice(n, 1));
    });
  }
}

// With s = 1 / sqrt(variance + epsilon) and means over a group:
//   dx = s * (gamma dy - mean(gamma dy) - (x - mean) s^2 mean(gamma dy (x - mean)))
void GroupNormalization::backward(const BackwardPass& pass) const {
  const Groups groups(pass);
  const View dgamma = settings_.scale ? pass.parameter_gradients[0] : View();
  const View dbeta = settings_.center ? pass.parameter_gradients[beta_index()] : View();
  const View dx = pass.input_gradients[0];
  const auto gamma = [&](Index c) { return settings_.scale ? pass.parameters[0][c] : Real{1}; };
  if (dgamma) std::ranges::fill(dgamma.flat(), Real{0});
  if (dbeta) std::ranges::fill(dbeta.flat(), Real{0});
  for (Index n = 0; n < pass.inputs[0].shape[0]; ++n) {
    const ConstView x = pass.inputs[0].slice(n, 1), dy = pass.output_gradient.slice(n, 1);
    const double count = static_cast<double>(x.size() / groups.count);
    find_moments(groups, settings_.epsilon, x);
    GroupSums sums(groups);
    for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& chunk) {
      Real mean[kRow];
      fill_row(chunk, mean, [&](Index c) { return groups.mean[groups.of(c)]; });
      double sum[kRow], product[kRow];
      sum_gradients(chunk, mean, x, dy, sum, product);
      for (Index i = 0; i < chunk.count; ++i) {
        const Index c = chunk.first + i;
        if (dgamma) {
          dgamma[c] += static_cast<Real>(product[i] * groups.inverse_deviation[groups.of(c)]);
        }
        if (dbeta) dbeta[c] += static_cast<Real>(sum[i]);
        sums.add(c, gamma(c) * sum[i], gamma(c) * product[i],
                 [&](Index g, double gradient, double with_x) {
                   groups.mean_gradient[g] = static_cast<Real>(gradient / count);
                   groups.mean_product[g] = static_cast<Real>(with_x / count);
                 });
      }
    });
    if (!dx) continue;
    for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& chunk) {
      Real mean[kRow], scale[kRow], slope[kRow], offset[kRow];
      const auto s = [&](Index c) { return groups.inverse_deviation[groups.of(c)]; };
      fill_row(chunk, mean, [&](Index c) { return groups.mean[groups.of(c)]; });
      fill_row(chunk, scale, [&](Index c) { return gamma(c) * s(c); });
      fill_row(chunk, slope,
               [&](Index c) { return s(c) * s(c) * s(c) * groups.mean_product[groups.of(c)]; });
      fill_row(chunk, offset, [&](Index c) { return s(c) * groups.mean_gradient[groups.of(c)]; });
      normalize_gradient(chunk, mean, scale, slope, offset, x, dy, dx.slice(n, 1));
    });
  }
}

void GroupNormalization::Settings::keys(Keys& key) {
  key("groups", groups, "number of channel groups; -1: one group for each channel",
      {[](Index value) { return value == -1 || value >= 1; }, "at least 1, or -1"});
  key("epsilon", epsilon, "added to the variance", at_least(0.0));
  key("center", center, "shift by a learned beta");
  key("scale", scale, "scale by a learned gamma");
}

}  // namespace adjoint
