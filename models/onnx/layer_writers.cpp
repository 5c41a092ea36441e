#include "models/onnx/layer_writers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "framework/layers/activation.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/cropping2d.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace onnx_layer_writers {

using Call = OnnxLayerCall;
constexpr std::int64_t kEnd = std::numeric_limits<std::int32_t>::max();

template <class Type>
const auto& settings(const Call& layer) {
  return dynamic_cast<const Type&>(*layer.node.layer).settings();
}

/// The rank of a batch of inputs.
int rank(const Call& layer) {
  return layer.shapes.inputs[0].rank() + 1;
}

/// A parameter of one number a channel in a shape that ONNX spreads over a batch: (C, 1, 1) for
/// images.
std::string add_channels(const Call& layer, std::size_t i) {
  const std::int64_t channels = layer.parameter(i).dims[0];
  return layer.is_image() ? layer.add_parameter(i, {}, {channels, 1, 1}) : layer.add_parameter(i);
}

/// value * gamma + beta, of which either may be missing; `add` adds parameter i.
template <class AddParameter>
std::string scaled(const Call& layer, std::string value, bool scale, bool center,
                   AddParameter add) {
  if (scale) value = layer.graph.add("Mul", layer.name("scale"), {value, add(0)});
  if (center) value = layer.graph.add("Add", layer.name("center"), {value, add(scale ? 1 : 0)});
  return value;
}

std::string nothing(const Call& layer) {
  return layer.inputs[0];
}

template <const char* op>
std::string of_all(const Call& layer) {
  return layer.graph.add(op, layer.node.name, layer.inputs);
}
constexpr char kSum[] = "Sum", kSub[] = "Sub", kMean[] = "Mean", kMax[] = "Max";

std::string multiply(const Call& layer) {
  std::string product = layer.inputs[0];
  for (std::size_t i = 1; i < layer.inputs.size(); ++i)
    product = layer.graph.add("Mul", layer.node.name, {product, layer.inputs[i]});
  return product;
}

/// The rows of a kernel (h * w * c, units) in the order (c, h, w), or its columns.
OnnxTensor channels_first(const OnnxTensor& kernel, const Shape& image, bool rows) {
  const OnnxInts dims = kernel.dims, extents{image[0], image[1], image[2]};
  OnnxTensor split{.numbers = kernel.numbers};
  OnnxInts axes;
  if (rows) {
    split.dims = {extents[0], extents[1], extents[2], dims[1]};
    axes = {2, 0, 1, 3};
  } else if (dims.size() == 2) {
    split.dims = {dims[0], extents[0], extents[1], extents[2]};
    axes = {0, 3, 1, 2};
  } else {
    split.dims = extents;
    axes = {2, 0, 1};
  }
  OnnxTensor result = transposed(split, axes);
  result.dims = dims;
  return result;
}

std::string dense(const Call& layer) {
  const auto& s = settings<Dense>(layer);
  const std::string& name = layer.node.name;
  if (layer.is_image()) {  // a convolution of 1x1
    const OnnxInts dims = layer.parameter(0).dims;
    std::vector<std::string> inputs{layer.inputs[0],
                                    layer.add_parameter(0, {1, 0}, {dims[1], dims[0], 1, 1})};
    if (s.use_bias) inputs.push_back(layer.add_parameter(1));
    return layer.graph.add("Conv", name, inputs, {{"kernel_shape", OnnxInts{1, 1}}});
  }
  const auto add = [&](std::size_t i) {
    OnnxTensor tensor = layer.parameter(i);
    if (i == 0 && !layer.input_image.empty())
      tensor = channels_first(tensor, layer.input_image, /*rows=*/true);
    if (!layer.output_image.empty())
      tensor = channels_first(tensor, layer.output_image, /*rows=*/false);
    return layer.graph.constant(layer.parameter_name(i), std::move(tensor));
  };
  std::vector<std::string> inputs{layer.inputs[0], add(0)};
  if (rank(layer) == 2) {
    if (s.use_bias) inputs.push_back(add(1));
    return layer.graph.add("Gemm", name, inputs);
  }
  const std::string product = layer.graph.add("MatMul", name, inputs);
  return s.use_bias ? layer.graph.add("Add", layer.name("bias_add"), {product, add(1)}) : product;
}

/// Flatten and Reshape: the numbers go in our order, between images as ONNX has them.
std::string reshape(const Call& layer) {
  const Shape& from = layer.shapes.inputs[0];
  std::string value = layer.inputs[0];
  const bool to_image = layer.output.rank() == 3;
  const bool folded = !layer.output_image.empty() || !layer.input_image.empty();
  const auto is_one_order = [](const Shape& image) {
    return image[2] == 1 || image[0] * image[1] == 1;
  };
  if (layer.is_image() && !folded && !is_one_order(from))
    value = layer.graph.add("Transpose", layer.name("to_nhwc"), {value},
                            {{"perm", OnnxInts{0, 2, 3, 1}}});
  const bool turn = to_image && !folded && !is_one_order(layer.output);
  OnnxInts target{0};  // the batch
  if (layer.output.rank() == 1) {
    target.push_back(-1);
  } else {
    const OnnxInts order = to_image && !turn ? onnx_order(4) : onnx_order(layer.output.rank() + 5);
    for (int axis = 1; axis <= layer.output.rank(); ++axis) {
      const auto ours = static_cast<int>(order[static_cast<std::size_t>(axis)]) - 1;
      if (layer.output[ours] != layer.other_output[ours])
        throw InputError(
            "its output depends on the size of the image; give the model's input a height and a "
            "width");
      target.push_back(layer.output[ours]);
    }
  }
  value = layer.graph.add("Reshape", layer.node.name,
                          {value, layer.graph.integers(layer.name("shape"), target)});
  if (turn)
    value = layer.graph.add("Transpose", layer.name("to_nchw"), {value},
                            {{"perm", OnnxInts{0, 3, 1, 2}}});
  return value;
}

template <class Type>
std::string global_pooling(const Call& layer, const char* op) {
  const std::string pooled = layer.graph.add(op, layer.node.name, {layer.inputs[0]});
  if (settings<Type>(layer).keepdims) return pooled;
  return layer.graph.add("Flatten", layer.name("flatten"), {pooled}, {{"axis", std::int64_t{1}}});
}
std::string global_average(const Call& layer) {
  return global_pooling<GlobalAveragePooling2D>(layer, "GlobalAveragePool");
}
std::string global_maximum(const Call& layer) {
  return global_pooling<GlobalMaxPooling2D>(layer, "GlobalMaxPool");
}

std::string up_sampling(const Call& layer) {
  const auto& s = settings<UpSampling2D>(layer);
  OnnxGraphBuilder::Attributes attributes{
      {"mode", std::string("nearest")},
      {"coordinate_transformation_mode", std::string("half_pixel")}};
  if (s.interpolation == NewPixels::nearest) {
    attributes["coordinate_transformation_mode"] = std::string("asymmetric");
    attributes["nearest_mode"] = std::string("floor");
  } else if (s.interpolation == NewPixels::bilinear) {
    attributes["mode"] = std::string("linear");
  } else {
    attributes["mode"] = std::string("cubic");
    attributes["cubic_coeff_a"] = -0.5F;
    attributes["exclude_outside"] = std::int64_t{1};
  }
  const std::string scales = layer.graph.numbers(
      layer.name("scales"), {1, 1, static_cast<float>(s.size.h), static_cast<float>(s.size.w)});
  return layer.graph.add("Resize", layer.node.name, {layer.inputs[0], "", scales}, attributes);
}

std::string depth_to_space(const Call& layer) {
  return layer.graph.add(
      "DepthToSpace", layer.node.name, layer.inputs,
      {{"blocksize", settings<DepthToSpace>(layer).block_size}, {"mode", std::string("DCR")}});
}

std::string space_to_depth(const Call& layer) {
  return layer.graph.add("SpaceToDepth", layer.node.name, layer.inputs,
                         {{"blocksize", settings<SpaceToDepth>(layer).block_size}});
}

std::string slice(const Call& layer, const std::string& name, const std::string& from,
                  const OnnxInts& starts, const OnnxInts& ends, const OnnxInts& axes,
                  const OnnxInts& steps) {
  const std::string node = layer.name(name);
  return layer.graph.add(
      "Slice", node,
      {from, layer.graph.integers(node + "/starts", starts),
       layer.graph.integers(node + "/ends", ends), layer.graph.integers(node + "/axes", axes),
       layer.graph.integers(node + "/steps", steps)});
}

/// ONNX has no symmetric border: the outermost rows, turned round, are put before and behind.
std::string mirrored(const Call& layer, const std::string& side, const std::string& value,
                     std::int64_t axis, Index before, Index after) {
  std::vector<std::string> parts;
  if (before > 0)
    parts.push_back(slice(layer, side + "_before", value, {before - 1}, {-kEnd}, {axis}, {-1}));
  parts.push_back(value);
  if (after > 0)
    parts.push_back(slice(layer, side + "_after", value, {-1}, {-after - 1}, {axis}, {-1}));
  if (parts.size() == 1) return value;
  return layer.graph.add("Concat", layer.name(side), parts, {{"axis", axis}});
}

std::string zero_padding(const Call& layer) {
  const auto& s = settings<ZeroPadding2D>(layer);
  const auto& [top, bottom, left, right] = s.padding;
  if (s.mode == Border::symmetric)
    return mirrored(layer, "columns", mirrored(layer, "rows", layer.inputs[0], 2, top, bottom), 3,
                    left, right);
  const char* mode = s.mode == Border::constant  ? "constant"
                     : s.mode == Border::reflect ? "reflect"
                                                 : "edge";
  return layer.graph.add(
      "Pad", layer.node.name,
      {layer.inputs[0],
       layer.graph.integers(layer.name("pads"), {0, 0, top, left, 0, 0, bottom, right})},
      {{"mode", std::string(mode)}});
}

std::string cropping(const Call& layer) {
  const auto& [top, bottom, left, right] = settings<Cropping2D>(layer).cropping;
  const auto end = [](Index cut) { return cut == 0 ? kEnd : -cut; };
  return slice(layer, "slice", layer.inputs[0], {top, left}, {end(bottom), end(right)}, {2, 3},
               {1, 1});
}

std::string batch_normalization(const Call& layer) {
  const auto& s = settings<BatchNormalization>(layer);
  const std::size_t beta = s.scale ? 1 : 0, mean = beta + (s.center ? 1 : 0);
  if (rank(layer) != 2 && !layer.is_image())
    throw InputError("it normalizes values of {} axes; only images and vectors are written",
                     rank(layer));
  const auto channels = static_cast<std::size_t>(layer.parameter(mean).dims[0]);
  const auto filled = [&](const char* name, float value) {
    return layer.graph.numbers(layer.name(name), std::vector<float>(channels, value));
  };
  return layer.graph.add("BatchNormalization", layer.node.name,
                         {layer.inputs[0], s.scale ? layer.add_parameter(0) : filled("gamma", 1),
                          s.center ? layer.add_parameter(beta) : filled("beta", 0),
                          layer.add_parameter(mean), layer.add_parameter(mean + 1)},
                         {{"epsilon", static_cast<float>(s.epsilon)}});
}

std::string rescaling(const Call& layer) {
  const auto& s = settings<Rescaling>(layer);
  std::string value = layer.inputs[0];
  if (s.scale != 1 || s.offset == 0)
    value = layer.graph.add("Mul", layer.node.name,
                            {value, layer.graph.number(layer.name("scale"), s.scale)});
  if (s.offset != 0)
    value = layer.graph.add("Add", layer.name("add"),
                            {value, layer.graph.number(layer.name("offset"), s.offset)});
  return value;
}

std::string concatenate(const Call& layer) {
  const Index axis = settings<Concatenate>(layer).axis;
  const int axes = rank(layer);
  return layer.graph.add("Concat", layer.node.name, layer.inputs,
                         {{"axis", onnx_axis(axis < 0 ? axis + axes : axis, axes)}});
}

std::string activation(const Call& layer) {
  const auto& own = dynamic_cast<const ActivationLayer&>(*layer.node.layer).activation();
  return write_onnx_activation(own, layer.node.name, layer.inputs[0],
                               onnx_axis(rank(layer) - 1, rank(layer)), layer.graph);
}

std::string prelu(const Call& layer) {
  const OnnxInts dims = layer.parameter(0).dims;
  const std::string slope =
      layer.is_image() ? layer.add_parameter(0, {2, 0, 1}) : layer.add_parameter(0);
  return layer.graph.add("PRelu", layer.node.name, {layer.inputs[0], slope});
}

std::string group_normalization(const Call& layer) {
  const auto& s = settings<GroupNormalization>(layer);
  if (rank(layer) != 2 && !layer.is_image())
    throw InputError("it normalizes values of {} axes; only images and vectors are written",
                     rank(layer));
  const Index channels = layer.shapes.inputs[0].back();
  const Index groups = s.groups < 0 ? channels : s.groups;
  const std::size_t beta = s.scale ? 1 : 0;
  const auto epsilon = static_cast<float>(s.epsilon);
  const auto filled = [&](const char* name, float value) {
    return layer.graph.numbers(layer.name(name),
                               std::vector<float>(static_cast<std::size_t>(groups), value));
  };
  if (layer.is_image() && groups == channels)
    return layer.graph.add("InstanceNormalization", layer.node.name,
                           {layer.inputs[0], s.scale ? layer.add_parameter(0) : filled("ones", 1),
                            s.center ? layer.add_parameter(beta) : filled("zeros", 0)},
                           {{"epsilon", epsilon}});
  const std::string shape = layer.graph.add("Shape", layer.name("shape"), {layer.inputs[0]});
  const std::string grouped = layer.graph.add(
      "Reshape", layer.name("groups"),
      {layer.inputs[0], layer.graph.integers(layer.name("grouped"), {0, groups, -1})});
  const std::string normal =
      layer.graph.add("InstanceNormalization", layer.node.name,
                      {grouped, filled("ones", 1), filled("zeros", 0)}, {{"epsilon", epsilon}});
  const std::string value = layer.graph.add("Reshape", layer.name("channels"), {normal, shape});
  return scaled(layer, value, s.scale, s.center,
                [&](std::size_t i) { return add_channels(layer, i); });
}

std::string layer_normalization(const Call& layer) {
  const auto& s = settings<LayerNormalization>(layer);
  const int axes = rank(layer), count = s.axis.list.rank();
  OnnxInts reduced;
  for (int axis = axes - count; axis < axes; ++axis) reduced.push_back(onnx_axis(axis, axes));
  std::ranges::sort(reduced);
  OnnxGraphBuilder& graph = layer.graph;
  const auto mean = [&](const char* name, const std::string& of) {
    return graph.add("ReduceMean", layer.name(name), {of},
                     {{"axes", reduced}, {"keepdims", std::int64_t{1}}});
  };
  const std::string centred =
      graph.add("Sub", layer.name("centred"), {layer.inputs[0], mean("mean", layer.inputs[0])});
  const std::string squares = graph.add("Mul", layer.name("squares"), {centred, centred});
  const std::string moved =
      graph.add("Add", layer.name("stabilized"),
                {mean("variance", squares), graph.number(layer.name("epsilon"), s.epsilon)});
  const std::string deviation = graph.add("Sqrt", layer.name("deviation"), {moved});
  const std::string normal = graph.add("Div", layer.node.name, {centred, deviation});
  return scaled(layer, normal, s.scale, s.center, [&](std::size_t i) {
    if (!layer.is_image()) return layer.add_parameter(i);
    // The last axes of (h, w, c), as (c, h, w) with 1 for those that are not normalized.
    OnnxInts dims(static_cast<std::size_t>(3 - count), 1);
    for (const std::int64_t extent : layer.parameter(i).dims) dims.push_back(extent);
    OnnxTensor whole{dims, layer.parameter(i).numbers};
    return graph.constant(layer.parameter_name(i), transposed(whole, {2, 0, 1}));
  });
}

constexpr OnnxLayer kLayers[] = {
    {"Conv2D", "Conv", write_onnx_convolution},
    {"Conv2DTranspose", "ConvTranspose", write_onnx_transposed_convolution},
    {"DepthwiseConv2D", "Conv with as many groups as channels", write_onnx_depthwise},
    {"SeparableConv2D", "Conv twice", write_onnx_separable},
    {"Dense", "Gemm; Conv of 1x1 on images", dense},
    {"Flatten", "Reshape", reshape},
    {"Reshape", "Reshape", reshape},
    {"MaxPooling2D", "MaxPool", write_onnx_max_pooling},
    {"AveragePooling2D", "AveragePool without the padding", write_onnx_average_pooling},
    {"GlobalAveragePooling2D", "GlobalAveragePool", global_average},
    {"GlobalMaxPooling2D", "GlobalMaxPool", global_maximum},
    {"UpSampling2D", "Resize", up_sampling},
    {"DepthToSpace", "DepthToSpace, mode DCR", depth_to_space},
    {"SpaceToDepth", "SpaceToDepth", space_to_depth},
    {"ZeroPadding2D", "Pad; Slice and Concat for mode = \"symmetric\"", zero_padding},
    {"Cropping2D", "Slice", cropping},
    {"BatchNormalization", "BatchNormalization", batch_normalization},
    {"Rescaling", "Mul and Add", rescaling},
    {"Add", "Sum", of_all<kSum>},
    {"Subtract", "Sub", of_all<kSub>},
    {"Multiply", "Mul", multiply},
    {"Average", "Mean", of_all<kMean>},
    {"Maximum", "Max", of_all<kMax>},
    {"Concatenate", "Concat", concatenate},
    {"Dropout", "", nothing},
    {"Activation",
     "Relu, LeakyRelu, Elu, Sigmoid, HardSigmoid, Tanh, Softplus, Softmax; Mul with "
     "Sigmoid or Erf for silu and gelu",
     activation},
    {"PReLU", "PRelu", prelu},
    {"GroupNormalization", "InstanceNormalization", group_normalization},
    {"LayerNormalization", "ReduceMean, Sub, Mul, Add, Sqrt and Div", layer_normalization},
    {"SpatialDropout2D", "", nothing},
    {"GaussianNoise", "", nothing},
    {"ActivityRegularization", "", nothing},
    {"Sampling", "", nothing},  // of which the mean is the first input
};

}  // namespace onnx_layer_writers

std::span<const OnnxLayer> onnx_layers() {
  return onnx_layer_writers::kLayers;
}

OnnxInts onnx_order(int rank) {
  if (rank == 4) return {0, 3, 1, 2};
  OnnxInts order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::int64_t onnx_axis(std::int64_t axis, int rank) {
  const OnnxInts order = onnx_order(rank);
  return std::ranges::find(order, axis) - order.begin();
}

OnnxTensor OnnxLayerCall::parameter(std::size_t i) const {
  const Tensor& value = model.parameters()[static_cast<std::size_t>(node.parameters[i])].value;
  OnnxTensor tensor;
  for (const Index extent : shape_of(value)) tensor.dims.push_back(extent);
  tensor.numbers = std::vector<float>(value.begin(), value.end());
  return tensor;
}

const std::string& OnnxLayerCall::parameter_name(std::size_t i) const {
  return model.parameters()[static_cast<std::size_t>(node.parameters[i])].name;
}

std::string OnnxLayerCall::add_parameter(std::size_t i, const OnnxInts& axes,
                                         const OnnxInts& dims) const {
  OnnxTensor tensor = parameter(i);
  if (!axes.empty()) tensor = transposed(tensor, axes);
  if (!dims.empty()) tensor.dims = dims;
  return graph.constant(parameter_name(i), std::move(tensor));
}

std::string write_onnx_activation(const Activation& activation, const std::string& name,
                                  const std::string& input, std::int64_t axis,
                                  OnnxGraphBuilder& graph) {
  using Kind = Activation::Kind;
  const auto number = [&](const char* what, double value) {
    return graph.number(name + "/" + what, value);
  };
  const auto times = [&](const std::string& factor) {
    return graph.add("Mul", name, {input, factor});
  };
  switch (activation.kind) {
    case Kind::linear:
      return input;
    case Kind::relu:
      return graph.add("Relu", name, {input});
    case Kind::leaky_relu:
      return graph.add("LeakyRelu", name, {input},
                       {{"alpha", static_cast<float>(activation.negative_slope)}});
    case Kind::elu:
      return graph.add("Elu", name, {input}, {{"alpha", static_cast<float>(activation.alpha)}});
    case Kind::sigmoid:
      return graph.add("Sigmoid", name, {input});
    case Kind::hard_sigmoid:
      return graph.add("HardSigmoid", name, {input}, {{"alpha", 1 / 6.0F}, {"beta", 0.5F}});
    case Kind::tanh:
      return graph.add("Tanh", name, {input});
    case Kind::softplus:
      return graph.add("Softplus", name, {input});
    case Kind::softmax:
      return graph.add("Softmax", name, {input}, {{"axis", axis}});
    case Kind::silu:
      return times(graph.add("Sigmoid", name + "/sigmoid", {input}));
    case Kind::gelu:
      break;
  }
  // x (1 + erf(x / sqrt(2))) / 2, and with tanh(sqrt(2 / pi) (x + 0.044715 x^3)) instead of erf.
  std::string gate;
  if (activation.approximate) {
    const std::string square = graph.add("Mul", name + "/square", {input, input});
    const std::string cubic =
        graph.add("Mul", name + "/cubic", {square, number("cubic_factor", 0.044715)});
    const std::string inner = graph.add("Add", name + "/inner", {cubic, number("one", 1)});
    const std::string slope =
        graph.add("Mul", name + "/slope", {input, number("slope_factor", std::sqrt(2 / M_PI))});
    gate =
        graph.add("Tanh", name + "/tanh", {graph.add("Mul", name + "/argument", {inner, slope})});
  } else {
    gate =
        graph.add("Erf", name + "/erf",
                  {graph.add("Div", name + "/argument", {input, number("root", std::sqrt(2.0))})});
  }
  const std::string raised = graph.add("Add", name + "/raised", {gate, number("one", 1)});
  return times(graph.add("Mul", name + "/half", {raised, number("one_half", 0.5)}));
}

}  // namespace adjoint
