#include "framework/layers/depthwise_conv2d.hpp"

#include "framework/layers/prepared_convolution.hpp"

namespace adjoint {

ConvGeometry DepthwiseConv2D::Settings::geometry(const Plane& image) const {
  return ConvGeometry::from_image({.kernel = kernel_size,
                                   .stride = strides,
                                   .dilation = dilation_rate,
                                   .groups = image.channels,
                                   .padding = padding},
                                  image, image.channels * depth_multiplier);
}

ParameterSpec DepthwiseConv2D::Settings::kernel(const Plane& image) const {
  // The geometry's (kh, kw, 1, C * M) under another name: the same numbers in the same order.
  return {.name = "depthwise_kernel",
          .shape = {kernel_size.h, kernel_size.w, image.channels, depth_multiplier},
          .initializer = Initializer::glorot_uniform};
}

ConvGeometry DepthwiseConv2D::geometry(const LayerShapes& shapes) const {
  return settings_.geometry(image_input(*this, shapes));
}

Shape DepthwiseConv2D::output_shape(const LayerShapes& shapes) const {
  return geometry(shapes).features.shape();
}

std::vector<ParameterSpec> DepthwiseConv2D::parameters(const LayerShapes& shapes) const {
  std::vector<ParameterSpec> specs{settings_.kernel(image_input(*this, shapes))};
  if (settings_.use_bias)
    specs.push_back({.name = "bias", .shape = {geometry(shapes).features.channels}});
  return specs;
}

std::unique_ptr<Prepared> DepthwiseConv2D::prepare(const LayerShapes& shapes,
                                                   const PrepareRequest& request) const {
  return std::make_unique<PreparedConvolution>(geometry(shapes), request, Product::forward,
                                               settings_.use_bias);
}

void DepthwiseConv2D::forward(const ForwardPass& pass) const {
  convolution_of(pass).forward(pass.inputs[0], pass.parameters[0], pass.output, memory_of(pass),
                               epilogue_of(pass, settings_.use_bias));
}

void DepthwiseConv2D::backward(const BackwardPass& pass) const {
  epilogue_gradient(pass, settings_.use_bias);
  const ConstView image = pass.inputs[0], kernel = pass.parameters[0],
                  features = pass.output_gradient;
  const View image_gradient = pass.input_gradients[0],
             kernel_gradient = pass.parameter_gradients[0];
  const Convolution& conv = convolution_of(pass);
  if (image_gradient) conv.backward_data(features, kernel, image_gradient, memory_of(pass));
  if (kernel_gradient) conv.backward_kernel(image, features, kernel_gradient, memory_of(pass));
}

std::optional<FoldedLayer> DepthwiseConv2D::followed_by(
    const ChannelMap& map, std::span<const ConstView> parameters) const {
  Settings settings = settings_;
  settings.use_bias = true;
  const Index channels = parameters[0].shape[2] * parameters[0].shape[3];
  return FoldedLayer{
      std::make_shared<DepthwiseConv2D>(settings),
      fold_channels(map, parameters, /*kernel=*/0, [channels](Index i) { return i % channels; })};
}

Index DepthwiseConv2D::multiply_adds(const LayerShapes& shapes) const {
  return geometry(shapes).multiply_adds();
}

LayerWindow DepthwiseConv2D::window(const LayerShapes& shapes) const {
  return window_of(geometry(shapes));
}

void DepthwiseConv2D::Settings::keys(Keys& key) {
  key.required("kernel_size", kernel_size, "height and width of the kernels");
  key("strides", strides, "stride of the kernels, in pixels of the input");
  key("padding", padding, "zeros around the input");
  key("depth_multiplier", depth_multiplier, "number of output channels for each input channel",
      at_least<Index>(1));
  key("dilation_rate", dilation_rate, "distance between the taps of a kernel");
  key("use_bias", use_bias, "add a bias to each output channel");
}

}  // namespace adjoint
