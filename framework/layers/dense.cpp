#include "framework/layers/dense.hpp"

#include "framework/conv/gemm.hpp"

namespace adjoint {

Shape Dense::output_shape(const LayerShapes& shapes) const {
  Shape output = only(shapes);
  output[-1] = settings_.units;
  return output;
}

std::vector<ParameterSpec> Dense::parameters(const LayerShapes& shapes) const {
  std::vector<ParameterSpec> specs{
      settings_.weights.kernel({only(shapes).back(), settings_.units})};
  if (settings_.use_bias) specs.push_back(settings_.weights.bias(settings_.units));
  return specs;
}

void Dense::forward(const ForwardPass& pass) const {
  const ConstView kernel = pass.parameters[0];
  const Index in = kernel.shape[0], out = kernel.shape[1];
  const Index rows = pass.inputs[0].size() / in;
  gemm({.rows = rows, .columns = out, .inner = in}, {.data = pass.inputs[0].data, .stride = in},
       {.data = kernel.data, .stride = out}, pass.output.data, out);
  apply(epilogue_of(pass, settings_.use_bias), pass.output);
}

void Dense::backward(const BackwardPass& pass) const {
  epilogue_gradient(pass, settings_.use_bias);
  const ConstView x = pass.inputs[0], kernel = pass.parameters[0], dy = pass.output_gradient;
  const Index in = kernel.shape[0], out = kernel.shape[1];
  const Index rows = dy.size() / out;
  if (const View dx = pass.input_gradients[0]) {
    gemm({.rows = rows, .columns = in, .inner = out}, {.data = dy.data, .stride = out},
         {.data = kernel.data, .stride = out, .transposed = true}, dx.data, in);
  }
  if (const View dk = pass.parameter_gradients[0]) {
    gemm({.rows = in, .columns = out, .inner = rows},
         {.data = x.data, .stride = in, .transposed = true}, {.data = dy.data, .stride = out},
         dk.data, out);
  }
}

std::optional<FoldedLayer> Dense::followed_by(const ChannelMap& map,
                                              std::span<const ConstView> parameters) const {
  Settings settings = settings_;
  settings.use_bias = true;
  return FoldedLayer{std::make_shared<Dense>(settings),
                     fold_channels(map, parameters, /*kernel=*/0,
                                   [units = settings.units](Index i) { return i % units; })};
}

Index Dense::multiply_adds(const LayerShapes& shapes) const {
  return only(shapes).size() * settings_.units;
}

void Dense::Settings::keys(Keys& key) {
  key.required("units", units, "number of units: size of the output's last axis",
               at_least<Index>(1));
  key("use_bias", use_bias, "add a bias to each output");
  weights.keys(key);
}

}  // namespace adjoint
