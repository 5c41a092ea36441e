#include "framework/layers/space_to_depth.hpp"

#include <algorithm>

#include "framework/layers/pixel_blocks.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape SpaceToDepth::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  const Index block = settings_.block_size;
  if (block < 1 || image.h % block != 0 || image.w % block != 0) {
    throw InputError(
        "SpaceToDepth: block_size = {} needs a height and a width that are multiples of it, got {}",
        block, to_string(image.shape()));
  }
  return {image.h / block, image.w / block, image.channels * block * block};
}

void SpaceToDepth::forward(const ForwardPass& pass) const {
  const ConstView wide = pass.inputs[0];
  for_each_run(pass.output.shape, settings_.block_size, [&](Index to, Index from, Index size) {
    std::copy_n(wide.data + from, size, pass.output.data + to);
  });
}

void SpaceToDepth::backward(const BackwardPass& pass) const {
  const View wide = pass.input_gradients[0];
  if (!wide) return;
  const ConstView deep = pass.output_gradient;
  for_each_run(deep.shape, settings_.block_size, [&](Index from, Index to, Index size) {
    std::copy_n(deep.data + from, size, wide.data + to);
  });
}

LayerWindow SpaceToDepth::window(const LayerShapes&) const {
  const Index block = settings_.block_size;
  const WindowAxis axis{.kernel = block, .stride = block};
  return {axis, axis};
}

void SpaceToDepth::Settings::keys(Keys& key) {
  key.required("block_size", block_size, "height and width of the blocks of pixels",
               at_least<Index>(1));
}

}  // namespace adjoint
