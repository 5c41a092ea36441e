#include "framework/layers/dropout.hpp"

#include "framework/pointwise/channel_normalization.hpp"
#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

void Dropout::mask(Random& random, ConstView from, View to) const {
  const float rate = static_cast<float>(settings_.rate);
  const Real scale = static_cast<Real>(1 / (1 - settings_.rate));
  for (Index i = 0; i < from.size(); ++i)
    to[i] = random.uniform() < rate ? Real{0} : scale * from[i];
}

void Dropout::mask_all(const RandomKey& first_sample, ConstView from, View to) const {
  RandomKey key = first_sample;
  for (Index n = 0; n < from.shape[0]; ++n, ++key.index) {
    Random random(key);
    mask(random, from.slice(n, 1), to.slice(n, 1));
  }
}

void Dropout::forward(const ForwardPass& pass) const {
  if (pass.mode == Mode::inference) {
    copy(pass.inputs[0], pass.output);
  } else {
    mask_all(pass.random, pass.inputs[0], pass.output);
  }
}

void Dropout::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) mask_all(pass.random, pass.output_gradient, pass.input_gradients[0]);
}

void Dropout::Settings::keys(Keys& key) {
  key("rate", rate, "share of the values, or channels, that a training step drops",
      between(0.0, 0.999));
}

Shape SpatialDropout2D::output_shape(const LayerShapes& shapes) const {
  if (only(shapes).rank() != 3) {
    throw InputError("SpatialDropout2D expects an image (height x width x channels), got {}",
                     to_string(only(shapes)));
  }
  return only(shapes);
}

void SpatialDropout2D::mask(Random& random, ConstView from, View to) const {
  const float rate = static_cast<float>(settings().rate);
  const double scale = 1 / (1 - settings().rate);
  for_each_group(from.size(), from.shape.back(), [&](const ChannelGroup& group) {
    Real factors[kRow];
    fill_row(group, factors, [&](Index) { return random.uniform() < rate ? 0 : scale; });
    scale_channels(group, factors, from, to);
  });
}

}  // namespace adjoint
