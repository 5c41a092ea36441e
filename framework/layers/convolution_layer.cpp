#include "framework/layers/convolution_layer.hpp"

#include "framework/layers/bias.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

ConvSpec ConvolutionLayer::Settings::spec() const {
  return {.kernel = kernel_size,
          .stride = strides,
          .dilation = dilation_rate,
          .groups = groups,
          .padding = padding};
}

std::vector<ParameterSpec> ConvolutionLayer::parameters(const LayerShapes& shapes) const {
  std::vector<ParameterSpec> specs{{.name = "kernel",
                                    .shape = geometry(shapes).kernel_shape(),
                                    .initializer = Initializer::glorot_uniform}};
  if (settings_.use_bias) specs.push_back({.name = "bias", .shape = {settings_.filters}});
  return specs;
}

std::unique_ptr<Prepared> ConvolutionLayer::prepare(const LayerShapes& shapes,
                                                    std::string_view engine) const {
  return std::make_unique<PreparedConvolution>(geometry(shapes), engine);
}

Index ConvolutionLayer::multiply_adds(const LayerShapes& shapes) const {
  return geometry(shapes).multiply_adds();
}

void ConvolutionLayer::add_bias(const ForwardPass& pass) const {
  if (settings_.use_bias) adjoint::add_bias(pass.parameters[1], pass.output);
}

void ConvolutionLayer::bias_gradient(const BackwardPass& pass) const {
  if (settings_.use_bias && pass.parameter_gradients[1]) {
    sum_over_positions(pass.output_gradient, pass.parameter_gradients[1]);
  }
}

Plane ConvolutionLayer::input_plane(const LayerShapes& shapes) const {
  const Shape& input = only(shapes);
  if (input.rank() != 3) {
    throw InputError(
        "{} expects an image (height x width x channels), got {}; put a Reshape before it", type(),
        to_string(input));
  }
  return {input[0], input[1], input[2]};
}

}  // namespace adjoint
