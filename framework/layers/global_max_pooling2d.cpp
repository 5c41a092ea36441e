#include "framework/layers/global_max_pooling2d.hpp"

#include <algorithm>

namespace adjoint {

Shape GlobalMaxPooling2D::output_shape(const LayerShapes& shapes) const {
  const Index channels = image_input(*this, shapes).channels;
  return settings_.keepdims ? Shape{1, 1, channels} : Shape{channels};
}

void GlobalMaxPooling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  const Index channels = x.shape.back();
  for (Index n = 0; n < x.shape[0]; ++n) {
    const ConstView image = x.slice(n, 1);
    const View y = pass.output.slice(n, 1);
    std::copy_n(image.data, channels, y.data);
    for (Index i = channels; i < image.size(); i += channels)
      for (Index c = 0; c < channels; ++c) y[c] = std::max(y[c], image[i + c]);
  }
}

void GlobalMaxPooling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const Index channels = dx.shape.back();
  for (Index n = 0; n < dx.shape[0]; ++n) {
    const ConstView image = pass.inputs[0].slice(n, 1), y = pass.output.slice(n, 1),
                    dy = pass.output_gradient.slice(n, 1);
    const View to = dx.slice(n, 1);
    for (Index c = 0; c < channels; ++c) {
      Index sharing = 0;
      for (Index i = c; i < image.size(); i += channels) sharing += image[i] == y[c];
      const Real share = sharing > 0 ? dy[c] / static_cast<Real>(sharing) : 0;
      for (Index i = c; i < image.size(); i += channels) to[i] = image[i] == y[c] ? share : 0;
    }
  }
}

void GlobalMaxPooling2D::Settings::keys(Keys& key) {
  key("keepdims", keepdims, "keep height and width as axes of size 1");
}

}  // namespace adjoint
