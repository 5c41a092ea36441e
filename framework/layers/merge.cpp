#include "framework/layers/merge.hpp"

#include <array>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape Merge::output_shape(const LayerShapes& shapes) const {
  for (const Shape& input : shapes.inputs) {
    if (!(input == shapes.inputs[0])) {
      throw InputError("{} needs inputs of one shape, got {} and {}", type(),
                       to_string(shapes.inputs[0]), to_string(input));
    }
  }
  return shapes.inputs[0];
}

void Add::split_gradient(const BackwardPass& pass) const {
  for (const View& gradient : pass.input_gradients) {
    if (gradient) copy(pass.output_gradient, gradient);
  }
}

void Subtract::split_gradient(const BackwardPass& pass) const {
  const View first = pass.input_gradients[0], second = pass.input_gradients[1];
  if (first) copy(pass.output_gradient, first);
  if (second) rescale(pass.output_gradient, -1, 0, second);
}

void Multiply::split_gradient(const BackwardPass& pass) const {
  for (std::size_t i = 0; i < pass.inputs.size(); ++i) {
    const View gradient = pass.input_gradients[i];
    if (!gradient) continue;
    copy(pass.output_gradient, gradient);
    // Without a division: a factor may be 0.
    for (std::size_t other = 0; other < pass.inputs.size(); ++other) {
      if (other == i) continue;
      fold(Fold::product, std::array<ConstView, 2>{gradient, pass.inputs[other]}, gradient);
    }
  }
}

void Average::forward(const ForwardPass& pass) const {
  fold(Fold::sum, pass.inputs, pass.output);
  rescale(pass.output, Real{1} / static_cast<Real>(pass.inputs.size()), 0, pass.output);
  apply(pass.activation, pass.output, pass.output);
}

void Average::split_gradient(const BackwardPass& pass) const {
  const Real share = Real{1} / static_cast<Real>(pass.input_gradients.size());
  for (const View& gradient : pass.input_gradients) {
    if (gradient) rescale(pass.output_gradient, share, 0, gradient);
  }
}

}  // namespace adjoint
