#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The code of a variational autoencoder, drawn from the normal distribution that the encoder
/// gives: z = mean + exp(log_variance / 2) * noise while training, z = mean otherwise.
///   in: mean (N, ...) and log_variance (N, ...) -> out: z (N, ...)
/// Adds beta * KL / elements to the loss: KL is that of the distribution from the standard normal,
/// in nats, summed over a code and averaged over the batch; `elements` are those of one image that
/// the model gives. Losses are means over elements too, so that with a cross-entropy and beta = 1
/// the loss is the negative evidence lower bound in nats an element.
/// Throws InputError unless there are two inputs of one shape.
/// Source: Kingma & Welling, arXiv:1312.6114; beta: Higgins et al. (2017).
class Sampling final : public Layer {
 public:
  struct Settings {
    double beta = 1;
    void keys(Keys& key);
  };
  explicit Sampling(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Sampling"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  bool has_penalty() const override { return settings_.beta != 0; }
  double penalty(const ForwardPass& pass) const override;

 private:
  /// Weight in the loss of one nat of one sample.
  double weight(const PenaltyScale& scale) const;
  Settings settings_;
};

}  // namespace adjoint
