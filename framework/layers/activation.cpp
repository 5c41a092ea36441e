#include "framework/layers/activation.hpp"

namespace adjoint {

void ActivationLayer::forward(const ForwardPass& pass) const {
  apply(activation_, pass.inputs[0], pass.output);
}

void ActivationLayer::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) {
    apply_gradient(activation_, pass.output, pass.output_gradient, pass.input_gradients[0]);
  }
}

}  // namespace adjoint
