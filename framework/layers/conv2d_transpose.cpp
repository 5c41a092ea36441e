#include "framework/layers/conv2d_transpose.hpp"

namespace adjoint {

void Conv2DTranspose::forward(const ForwardPass& pass) const {
  const ConstView features = pass.inputs[0], kernel = pass.parameters[0];
  convolution_of(pass).backward_data(features, kernel, pass.output, memory_of(pass),
                                     epilogue_of(pass, settings().use_bias));
}

void Conv2DTranspose::backward(const BackwardPass& pass) const {
  epilogue_gradient(pass, settings().use_bias);
  const ConstView features = pass.inputs[0], kernel = pass.parameters[0],
                  image = pass.output_gradient;
  const View features_gradient = pass.input_gradients[0],
             kernel_gradient = pass.parameter_gradients[0];
  const Convolution& conv = convolution_of(pass);
  if (features_gradient) conv.forward(image, kernel, features_gradient, memory_of(pass));
  if (kernel_gradient) conv.backward_kernel(image, features, kernel_gradient, memory_of(pass));
}

std::optional<FoldedLayer> Conv2DTranspose::followed_by(
    const ChannelMap& map, std::span<const ConstView> parameters) const {
  Settings settings{this->settings()};
  settings.use_bias = true;
  // The kernel's last axis runs over all features, the one before over the output channels of a
  // group; a feature belongs to one group.
  const Index channels = parameters[0].shape[2], features = parameters[0].shape[3];
  return FoldedLayer{std::make_shared<Conv2DTranspose>(settings),
                     fold_channels(map, parameters, /*kernel=*/0, [&](Index i) {
                       const Index feature = i % features;
                       return feature / (features / settings.groups) * channels +
                              i / features % channels;
                     })};
}

ConvGeometry Conv2DTranspose::geometry(const LayerShapes& shapes) const {
  std::optional<Extent2> image_size;
  if (shapes.output_like) image_size = {(*shapes.output_like)[0], (*shapes.output_like)[1]};
  return ConvGeometry::from_features(settings().spec(), image_input(*this, shapes),
                                     settings().filters, settings().output_padding, image_size);
}

Shape Conv2DTranspose::output_shape(const LayerShapes& shapes) const {
  return geometry(shapes).image.shape();
}

LayerWindow Conv2DTranspose::window(const LayerShapes& shapes) const {
  return window_of(geometry(shapes), /*up=*/true);
}

void Conv2DTranspose::Settings::keys(Keys& key) {
  key.required("filters", filters, "number of output channels", at_least<Index>(1));
  key.required("kernel_size", kernel_size, "height and width of the kernel");
  key("strides", strides, "stride: output pixels for each input pixel");
  key("padding", padding, "zeros around the output's side of the convolution");
  key("output_padding", output_padding, "pixels added to the output's size: 0 ... strides - 1");
  key("dilation_rate", dilation_rate, "distance between the taps of the kernel");
  key("groups", groups, "number of channel groups, each convolved separately", at_least<Index>(1));
  key("use_bias", use_bias, "add a bias to each output channel");
  weights.keys(key);
}

}  // namespace adjoint
