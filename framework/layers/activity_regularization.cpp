#include "framework/layers/activity_regularization.hpp"

#include "framework/pointwise/linear.hpp"

namespace adjoint {

void ActivityRegularization::forward(const ForwardPass& pass) const {
  copy(pass.inputs[0], pass.output);
}

void ActivityRegularization::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) copy(pass.output_gradient, pass.input_gradients[0]);
}

void ActivityRegularization::Settings::keys(Keys& key) {
  key("l1", l1, "weight of the sum of |y|, divided by the batch size", at_least(0.0));
  key("l2", l2, "weight of the sum of y^2, divided by the batch size", at_least(0.0));
}

}  // namespace adjoint
