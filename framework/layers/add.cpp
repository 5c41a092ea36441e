#include "framework/layers/add.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {

Shape Add::output_shape(const LayerShapes& shapes) const {
  for (const Shape& input : shapes.inputs) {
    if (!(input == shapes.inputs[0])) {
      throw InputError("Add needs inputs of one shape, got {} and {}", to_string(shapes.inputs[0]),
                       to_string(input));
    }
  }
  return shapes.inputs[0];
}

void Add::forward(const ForwardPass& pass) const {
  std::ranges::copy(pass.inputs[0].flat(), pass.output.data);
  for (const ConstView& input : pass.inputs.subspan(1)) {
    for (Index i = 0; i < input.size(); ++i) pass.output[i] += input[i];
  }
}

void Add::backward(const BackwardPass& pass) const {
  for (const View& gradient : pass.input_gradients) {
    if (gradient) std::ranges::copy(pass.output_gradient.flat(), gradient.data);
  }
}

}  // namespace adjoint
