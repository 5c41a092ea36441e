#include "framework/layers/dropout.hpp"

#include "framework/pointwise/copy.hpp"

namespace adjoint {

void Dropout::mask(const RandomKey& first_sample, ConstView from, View to) const {
  const Index sample_size = from.shape.sample().size();
  const float rate = static_cast<float>(settings_.rate);
  const Real scale = static_cast<Real>(1 / (1 - settings_.rate));
  RandomKey key = first_sample;
  for (Index n = 0; n < from.shape[0]; ++n, ++key.index) {
    Random random(key);
    for (Index i = n * sample_size; i < (n + 1) * sample_size; ++i) {
      to[i] = random.uniform() < rate ? Real{0} : scale * from[i];
    }
  }
}

void Dropout::forward(const ForwardPass& pass) const {
  if (pass.mode == Mode::inference) {
    copy(pass.inputs[0], pass.output);
  } else {
    mask(pass.random, pass.inputs[0], pass.output);
  }
}

void Dropout::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) mask(pass.random, pass.output_gradient, pass.input_gradients[0]);
}

void Dropout::Settings::keys(Keys& key) {
  key("rate", rate, "fraction of the values that training drops", between(0.0, 0.999));
}

}  // namespace adjoint
