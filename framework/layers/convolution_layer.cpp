#include "framework/layers/convolution_layer.hpp"

namespace adjoint {

ConvSpec ConvolutionLayer::Settings::spec() const {
  return {.kernel = kernel_size,
          .stride = strides,
          .dilation = dilation_rate,
          .groups = groups,
          .padding = padding};
}

std::vector<ParameterSpec> ConvolutionLayer::parameters(const LayerShapes& shapes) const {
  std::vector<ParameterSpec> specs{settings_.weights.kernel(geometry(shapes).kernel_shape())};
  if (settings_.use_bias) specs.push_back(settings_.weights.bias(settings_.filters));
  return specs;
}

std::unique_ptr<Prepared> ConvolutionLayer::prepare(const LayerShapes& shapes,
                                                    const PrepareRequest& request) const {
  return std::make_unique<PreparedConvolution>(geometry(shapes), request, forward_product(),
                                               settings_.use_bias);
}

Index ConvolutionLayer::multiply_adds(const LayerShapes& shapes) const {
  return geometry(shapes).multiply_adds();
}

}  // namespace adjoint
