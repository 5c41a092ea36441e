#include "framework/layers/rescaling.hpp"

#include "framework/pointwise/linear.hpp"

namespace adjoint {

void Rescaling::forward(const ForwardPass& pass) const {
  rescale(pass.inputs[0], static_cast<Real>(settings_.scale), static_cast<Real>(settings_.offset),
          pass.output);
}

void Rescaling::backward(const BackwardPass& pass) const {
  if (!pass.input_gradients[0]) return;
  rescale(pass.output_gradient, static_cast<Real>(settings_.scale), 0, pass.input_gradients[0]);
}

void Rescaling::Settings::keys(Keys& key) {
  key.required("scale", scale, "factor of every value");
  key("offset", offset, "added after the scaling");
}

}  // namespace adjoint
