#include "framework/layers/convolution_layer.hpp"

#include "framework/pointwise/epilogue.hpp"
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
                                                    const PrepareRequest& request) const {
  const ConvGeometry g = geometry(shapes);
  const EngineRequest engines{.engine = request.engine,
                              .precision = request.precision,
                              .batch = request.batch,
                              .follow = {.product = forward_product(),
                                         .bias = settings_.use_bias,
                                         .activation = request.activation}};
  return std::make_unique<PreparedConvolution>(request.mode == Mode::training
                                                   ? Convolution(g, engines)
                                                   : Convolution(g, engines, {forward_product()}));
}

std::string ConvolutionLayer::PreparedConvolution::description() const {
  std::string text;
  for (const Product product : Convolution::kProducts) {
    const std::string_view engine = convolution.engine_of(product);
    if (engine.empty()) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", to_string(product), engine);
  }
  return text;
}

Index ConvolutionLayer::multiply_adds(const LayerShapes& shapes) const {
  return geometry(shapes).multiply_adds();
}

Epilogue ConvolutionLayer::epilogue(const ForwardPass& pass) const {
  return {.bias = settings_.use_bias ? pass.parameters[1] : ConstView(),
          .activation = pass.activation};
}

void ConvolutionLayer::epilogue_gradient(const BackwardPass& pass) const {
  adjoint::epilogue_gradient(pass.activation, pass.output, pass.output_gradient,
                             settings_.use_bias ? pass.parameter_gradients[1] : View());
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
