#include "framework/layers/layer.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {

Plane image_input(const Layer& layer, const LayerShapes& shapes) {
  const Shape& input = only(shapes);
  if (input.rank() != 3) {
    throw InputError(
        "{} expects an image (height x width x channels), got {}; put a Reshape before it",
        layer.type(), to_string(input));
  }
  return {input[0], input[1], input[2]};
}

Epilogue epilogue_of(const ForwardPass& pass, bool use_bias) {
  return {.bias = use_bias ? pass.parameters.back() : ConstView(), .activation = pass.activation};
}

void epilogue_gradient(const BackwardPass& pass, bool use_bias) {
  epilogue_gradient(pass.activation, pass.output, pass.output_gradient,
                    use_bias ? pass.parameter_gradients.back() : View());
}

}  // namespace adjoint
