#include "framework/layers/sampling.hpp"

#include <cmath>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape Sampling::output_shape(const LayerShapes& shapes) const {
  if (shapes.inputs.size() != 2) {
    throw InputError("Sampling takes two inputs, mean and log variance; inputs names {}",
                     shapes.inputs.size());
  }
  if (!(shapes.inputs[0] == shapes.inputs[1])) {
    throw InputError("Sampling needs a mean and a log variance of one shape, got {} and {}",
                     to_string(shapes.inputs[0]), to_string(shapes.inputs[1]));
  }
  return shapes.inputs[0];
}

void Sampling::forward(const ForwardPass& pass) const {
  const ConstView mean = pass.inputs[0], log_variance = pass.inputs[1];
  if (pass.mode == Mode::inference) return copy(mean, pass.output);
  for_each_normal(pass.random, mean.shape, [&](Index i, float noise) {
    pass.output[i] = mean[i] + std::exp(log_variance[i] / 2) * noise;
  });
}

// KL = sum of (mean^2 + exp(log_variance) - log_variance - 1) / 2.

double Sampling::weight(const PenaltyScale& scale) const {
  return settings_.beta / static_cast<double>(scale.batch * scale.output_size);
}

double Sampling::penalty(const ForwardPass& pass) const {
  const ConstView mean = pass.inputs[0], log_variance = pass.inputs[1];
  double nats = 0;
  for (Index i = 0; i < mean.size(); ++i) {
    const double m = mean[i], v = log_variance[i];
    nats += (m * m + std::expm1(v) - v) / 2;  // digits stay where v is near 0
  }
  return nats * weight(pass.penalty_scale);
}

void Sampling::backward(const BackwardPass& pass) const {
  const ConstView mean = pass.inputs[0], log_variance = pass.inputs[1], dz = pass.output_gradient;
  const View dmean = pass.input_gradients[0], dlog_variance = pass.input_gradients[1];
  const Real nat = static_cast<Real>(weight(pass.penalty_scale));
  if (dmean) {
    for (Index i = 0; i < mean.size(); ++i) dmean[i] = dz[i] + nat * mean[i];
  }
  if (!dlog_variance) return;
  for_each_normal(pass.random, dz.shape, [&](Index i, float noise) {
    const Real deviation = std::exp(log_variance[i] / 2);
    dlog_variance[i] = (dz[i] * deviation * noise + nat * std::expm1(log_variance[i])) / 2;
  });
}

void Sampling::Settings::keys(Keys& key) {
  key("beta", beta,
      "weight of the KL divergence from the standard normal; 1 makes a cross-entropy the evidence "
      "lower bound",
      at_least(0.0));
}

}  // namespace adjoint
