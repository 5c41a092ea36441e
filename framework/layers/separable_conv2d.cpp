#include "framework/layers/separable_conv2d.hpp"

#include "framework/conv/gemm.hpp"
#include "framework/layers/prepared_convolution.hpp"

namespace adjoint {
namespace {

/// The depthwise convolution, and room behind its scratch for what it gives to a whole batch.
class PreparedSeparable final : public PreparedConvolution {
 public:
  PreparedSeparable(const ConvGeometry& g, const PrepareRequest& request)
      : PreparedConvolution(g, request, Product::forward, /*bias=*/false), batch_(request.batch) {}

  Index scratch_size() const override {
    return convolution.scratch_size() + features().batched(batch_).size();
  }
  Index bands() const override { return 1; }  // the pointwise product takes all of what it gives
  template <class Pass>
  View middle(const Pass& pass) const {
    return {pass.scratch.data + convolution.scratch_size(),
            features().batched(pass.inputs[0].shape[0])};
  }

 private:
  Shape features() const { return convolution.geometry().features.shape(); }
  Index batch_;
};

template <class Pass>
const PreparedSeparable& prepared(const Pass& pass) {
  return static_cast<const PreparedSeparable&>(*pass.prepared);
}

}  // namespace

ConvGeometry SeparableConv2D::geometry(const LayerShapes& shapes) const {
  return settings_.geometry(image_input(*this, shapes));
}

Shape SeparableConv2D::output_shape(const LayerShapes& shapes) const {
  const Plane middle = geometry(shapes).features;
  return {middle.h, middle.w, settings_.filters};
}

std::vector<ParameterSpec> SeparableConv2D::parameters(const LayerShapes& shapes) const {
  std::vector<ParameterSpec> specs{
      settings_.kernel(image_input(*this, shapes)),
      {.name = "pointwise_kernel",
       .shape = {1, 1, geometry(shapes).features.channels, settings_.filters},
       .initializer = Initializer::glorot_uniform}};
  if (settings_.use_bias) specs.push_back({.name = "bias", .shape = {settings_.filters}});
  return specs;
}

std::unique_ptr<Prepared> SeparableConv2D::prepare(const LayerShapes& shapes,
                                                   const PrepareRequest& request) const {
  PrepareRequest depthwise = request;
  depthwise.activation = {};
  return std::make_unique<PreparedSeparable>(geometry(shapes), depthwise);
}

void SeparableConv2D::forward(const ForwardPass& pass) const {
  const PreparedSeparable& depthwise = prepared(pass);
  const View middle = depthwise.middle(pass);
  depthwise.convolution.forward(pass.inputs[0], pass.parameters[0], middle, memory_of(pass));
  const Index in = middle.shape.back(), out = settings_.filters;
  gemm({.rows = middle.size() / in, .columns = out, .inner = in},
       {.data = middle.data, .stride = in}, {.data = pass.parameters[1].data, .stride = out},
       pass.output.data, out);
  apply(epilogue_of(pass, settings_.use_bias), pass.output);
}

void SeparableConv2D::backward(const BackwardPass& pass) const {
  epilogue_gradient(pass, settings_.use_bias);
  const PreparedSeparable& depthwise = prepared(pass);
  const Convolution::Memory memory = memory_of(pass);
  const ConstView image = pass.inputs[0], kernel = pass.parameters[0];
  const View image_gradient = pass.input_gradients[0],
             kernel_gradient = pass.parameter_gradients[0],
             pointwise_gradient = pass.parameter_gradients[1];
  const View middle = depthwise.middle(pass);
  const Index in = middle.shape.back(), out = settings_.filters, rows = middle.size() / in;
  const Real* const dy = pass.output_gradient.data;
  if (pointwise_gradient) {
    depthwise.convolution.forward(image, kernel, middle, memory);
    gemm({.rows = in, .columns = out, .inner = rows},
         {.data = middle.data, .stride = in, .transposed = true}, {.data = dy, .stride = out},
         pointwise_gradient.data, out);
  }
  if (!image_gradient && !kernel_gradient) return;
  // From here on `middle` is the gradient of what it was.
  gemm({.rows = rows, .columns = in, .inner = out}, {.data = dy, .stride = out},
       {.data = pass.parameters[1].data, .stride = out, .transposed = true}, middle.data, in);
  if (image_gradient) depthwise.convolution.backward_data(middle, kernel, image_gradient, memory);
  if (kernel_gradient)
    depthwise.convolution.backward_kernel(image, middle, kernel_gradient, memory);
}

std::optional<FoldedLayer> SeparableConv2D::followed_by(
    const ChannelMap& map, std::span<const ConstView> parameters) const {
  Settings settings = settings_;
  settings.use_bias = true;
  return FoldedLayer{std::make_shared<SeparableConv2D>(settings),
                     fold_channels(map, parameters, /*kernel=*/1,
                                   [filters = settings.filters](Index i) { return i % filters; })};
}

Index SeparableConv2D::multiply_adds(const LayerShapes& shapes) const {
  const ConvGeometry g = geometry(shapes);
  return g.multiply_adds() + g.features.shape().size() * settings_.filters;
}

LayerWindow SeparableConv2D::window(const LayerShapes& shapes) const {
  return window_of(geometry(shapes));
}

void SeparableConv2D::Settings::keys(Keys& key) {
  key.required("filters", filters, "number of output channels", at_least<Index>(1));
  DepthwiseConv2D::Settings::keys(key);
}

}  // namespace adjoint
