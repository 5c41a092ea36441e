#include "framework/layers/spatial_dropout2d.hpp"

#include "framework/pointwise/channel_normalization.hpp"
#include "framework/pointwise/copy.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape SpatialDropout2D::output_shape(const LayerShapes& shapes) const {
  if (only(shapes).rank() != 3) {
    throw InputError("SpatialDropout2D expects an image (height x width x channels), got {}",
                     to_string(only(shapes)));
  }
  return only(shapes);
}

void SpatialDropout2D::mask(const RandomKey& first_sample, ConstView from, View to) const {
  const float rate = static_cast<float>(settings_.rate);
  const double scale = 1 / (1 - settings_.rate);
  RandomKey key = first_sample;
  for (Index n = 0; n < from.shape[0]; ++n, ++key.index) {
    Random random(key);
    const ConstView x = from.slice(n, 1);
    for_each_group(x.size(), x.shape.back(), [&](const ChannelGroup& group) {
      Real factors[kRow];
      fill_row(group, factors, [&](Index) { return random.uniform() < rate ? 0 : scale; });
      scale_channels(group, factors, x, to.slice(n, 1));
    });
  }
}

void SpatialDropout2D::forward(const ForwardPass& pass) const {
  if (pass.mode == Mode::inference) {
    copy(pass.inputs[0], pass.output);
  } else {
    mask(pass.random, pass.inputs[0], pass.output);
  }
}

void SpatialDropout2D::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) mask(pass.random, pass.output_gradient, pass.input_gradients[0]);
}

void SpatialDropout2D::Settings::keys(Keys& key) {
  key("rate", rate, "fraction of each image's channels that training drops", between(0.0, 0.999));
}

}  // namespace adjoint
