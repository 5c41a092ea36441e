#include "framework/layers/reshape.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape Reshape::output_shape(const LayerShapes& shapes) const {
  const Index size = only(shapes).size();
  Shape output = settings_.target_shape;
  Index known = 1;
  Index* unknown = nullptr;
  for (int axis = 0; axis < output.rank(); ++axis) {
    if (output[axis] == -1 && !unknown) {
      unknown = &output[axis];
    } else {
      known *= output[axis];
    }
  }
  if (unknown && known != 0) *unknown = size / known;
  const bool sensible =
      !output.empty() && std::ranges::all_of(output, [](Index n) { return n > 0; });
  if (!sensible || output.size() != size) {
    throw InputError("{} cannot make {} ({} numbers) into {}; the counts must agree", type(),
                     to_string(only(shapes)), size, to_string(settings_.target_shape));
  }
  return output;
}

void Reshape::forward(const ForwardPass& pass) const {
  copy(pass.inputs[0], pass.output);
}

void Reshape::backward(const BackwardPass& pass) const {
  if (pass.input_gradients[0]) copy(pass.output_gradient, pass.input_gradients[0]);
}

void Reshape::Settings::keys(Keys& key) {
  key.required("target_shape", target_shape,
               "shape of one output sample; -1 for an extent that follows from the others");
}

}  // namespace adjoint
