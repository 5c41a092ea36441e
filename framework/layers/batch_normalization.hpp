#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Normalizes each channel (the last axis) to mean 0 and deviation 1, then scales and shifts it.
///   in (N, ..., C) -> out (N, ..., C)
/// gamma, beta, moving_mean, moving_variance: (C), in Keras's order. While training the mean and
/// variance are those of the whole batch; the moving averages take the batch's (biased) variance,
/// as Keras 3 does. One that is not trainable normalizes by its moving averages and keeps them.
/// Source: Ioffe & Szegedy, arXiv:1502.03167.
class BatchNormalization final : public Layer {
 public:
  struct Settings {
    double momentum = 0.99;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    void keys(Keys& key);
  };
  explicit BatchNormalization(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "BatchNormalization"; }
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

  /// For each channel: count, sum and sum of squares forward; sum of dy and of dy * x backward.
  Index statistics(const LayerShapes& shapes) const override { return 3 * only(shapes).back(); }
  void collect(const ForwardPass& pass, std::span<double> sums) const override;
  void collect_gradient(const BackwardPass& pass, std::span<double> sums) const override;
  void update_state(std::span<const double> statistics,
                    std::span<const View> parameters) const override;
  std::optional<ChannelMap> channel_map(std::span<const ConstView> parameters) const override;

 private:
  struct Moments {
    double mean, variance;
  };
  /// Moments of the batch where its statistics are given, otherwise the moving averages.
  template <class Pass>
  Moments moments(const Pass& pass, Index channel) const;
  Moments batch_moments(std::span<const double> statistics, Index channel) const;
  // Positions of the parameters; gamma and beta may be missing.
  std::size_t beta_index() const { return settings_.scale ? 1 : 0; }
  std::size_t mean_index() const { return beta_index() + (settings_.center ? 1 : 0); }

  Settings settings_;
};

}  // namespace adjoint
