#include "framework/layers/gaussian_noise.hpp"

#include "framework/pointwise/linear.hpp"

namespace adjoint {

void GaussianNoiseLayer::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  if (pass.mode == Mode::inference) return copy(x, pass.output);
  const float stddev = static_cast<float>(settings_.stddev);
  for_each_normal(pass.random, x.shape, [&](Index i, float noise) {
    pass.output[i] = x[i] + static_cast<Real>(stddev * noise);
  });
}

void GaussianNoiseLayer::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) copy(pass.output_gradient, pass.input_gradients[0]);
}

void GaussianNoiseLayer::Settings::keys(Keys& key) {
  key.required("stddev", stddev, "standard deviation of the noise in training", at_least(0.0));
}

}  // namespace adjoint
