#include "framework/layers/depth_to_space.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Calls visit(first element of the deep image, first of the wide one, elements) for runs of the
/// same numbers: a row of a block. `deep` is (N, h, w, block^2 * C).
template <class Visit>
void for_each_run(const Shape& deep, Index block, Visit visit) {
  const Index rows = deep[0] * deep[1], w = deep[2], channels = deep[3], run = channels / block;
  for (Index y = 0; y < rows; ++y) {
    for (Index i = 0; i < block; ++i) {
      for (Index x = 0; x < w; ++x) {
        visit((y * w + x) * channels + i * run, ((y * block + i) * w + x) * run, run);
      }
    }
  }
}

}  // namespace

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
