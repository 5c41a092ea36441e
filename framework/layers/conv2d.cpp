#include "framework/layers/conv2d.hpp"

namespace adjoint {

void Conv2D::forward(const ForwardPass& pass) const {
  const ConstView image = pass.inputs[0], kernel = pass.parameters[0];
  convolution_of(pass).forward(image, kernel, pass.output, memory_of(pass),
                               epilogue_of(pass, settings().use_bias));
}

void Conv2D::backward(const BackwardPass& pass) const {
  epilogue_gradient(pass, settings().use_bias);
  const ConstView image = pass.inputs[0], kernel = pass.parameters[0],
                  features = pass.output_gradient;
  const View image_gradient = pass.input_gradients[0],
             kernel_gradient = pass.parameter_gradients[0];
  const Convolution& conv = convolution_of(pass);
  if (image_gradient) conv.backward_data(features, kernel, image_gradient, memory_of(pass));
  if (kernel_gradient) conv.backward_kernel(image, features, kernel_gradient, memory_of(pass));
}

std::optional<FoldedLayer> Conv2D::followed_by(const ChannelMap& map,
                                               std::span<const ConstView> parameters) const {
  Settings settings{this->settings()};
  settings.use_bias = true;
  return FoldedLayer{std::make_shared<Conv2D>(settings),
                     fold_channels(map, parameters, /*kernel=*/0,
                                   [filters = settings.filters](Index i) { return i % filters; })};
}

ConvGeometry Conv2D::geometry(const LayerShapes& shapes) const {
  return ConvGeometry::from_image(settings().spec(), image_input(*this, shapes),
                                  settings().filters);
}

Shape Conv2D::output_shape(const LayerShapes& shapes) const {
  return geometry(shapes).features.shape();
}

LayerWindow Conv2D::window(const LayerShapes& shapes) const {
  return window_of(geometry(shapes));
}

void Conv2D::Settings::keys(Keys& key) {
  key.required("filters", filters, "number of output channels", at_least<Index>(1));
  key.required("kernel_size", kernel_size, "height and width of the kernel");
  key("strides", strides, "stride of the kernel, in pixels of the input");
  key("padding", padding, "zeros around the input");
  key("dilation_rate", dilation_rate, "distance between the taps of the kernel");
  key("groups", groups, "number of channel groups, each convolved separately", at_least<Index>(1));
  key("use_bias", use_bias, "add a bias to each output channel");
  weights.keys(key);
}

}  // namespace adjoint
