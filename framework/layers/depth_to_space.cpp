#include "framework/layers/depth_to_space.hpp"

#include <algorithm>

#include "framework/layers/pixel_blocks.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
Shape DepthToSpace::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  const Index block = settings_.block_size;
  if (block < 1 || image.channels % (block * block) != 0) {
    throw InputError(
        "DepthToSpace: block_size = {} needs channels that are a multiple of {}, got {}", block,
        block * block, to_string(image.shape()));
  }
  return {image.h * block, image.w * block, image.channels / (block * block)};
}

void DepthToSpace::forward(const ForwardPass& pass) const {
  const ConstView deep = pass.inputs[0];
  for_each_run(deep.shape, settings_.block_size, [&](Index from, Index to, Index size) {
    std::copy_n(deep.data + from, size, pass.output.data + to);
  });
}

void DepthToSpace::backward(const BackwardPass& pass) const {
  const View deep = pass.input_gradients[0];
  if (!deep) return;
  for_each_run(deep.shape, settings_.block_size, [&](Index to, Index from, Index size) {
    std::copy_n(pass.output_gradient.data + from, size, deep.data + to);
  });
}

LayerWindow DepthToSpace::window(const LayerShapes&) const {
  const Index block = settings_.block_size;
  const WindowAxis axis{.kernel = block, .stride = block, .up = true};
  return {axis, axis};
}

void DepthToSpace::Settings::keys(Keys& key) {
  key.required("block_size", block_size, "upscaling factor of height and width",
               at_least<Index>(1));
}

}  // namespace adjoint
