#include <algorithm>
#include <array>
#include <optional>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/layer_writers.hpp"

namespace adjoint {
namespace onnx_windows {

using Attributes = OnnxGraphBuilder::Attributes;

Plane plane(const Shape& sample) {
  return {sample[0], sample[1], sample[2]};
}

OnnxInts pair(const Extent2& extent) {
  return {extent.h, extent.w};
}

OnnxInts pads(const Padding& padding) {
  return {padding.top, padding.left, padding.bottom, padding.right};
}

/// Zeros before and after an axis with which TensorFlow's "same" gives what it gives for images of
/// every size: fewer at the end where the size needs fewer make no difference. Nothing if the zeros
/// before depend on the size.
std::optional<std::array<Index, 2>> same_for_all_sizes(Index reach, Index stride) {
  const auto before = [&](Index rest) { return std::max<Index>(reach - rest, 0) / 2; };
  if (before(1) != before(stride)) return {};
  return {{before(1), reach - 1 - before(1)}};
}

/// One axis of a kernel over images of the sizes of two runs.
struct AxisRuns {
  Index reach, stride, image, other_image;
  Index before, after;  // zeros of the first run

  /// Zeros for images of every size; nothing if they depend on it.
  std::optional<std::array<Index, 2>> zeros(bool is_same) const {
    if (is_same && stride > 1 && image != other_image) return same_for_all_sizes(reach, stride);
    return {{before, after}};
  }
};

/// What a kernel is to ONNX, for images of the sizes of two runs.
Attributes window(const ConvGeometry& g, const ConvGeometry& other, const PaddingRule& padding) {
  Attributes attributes{{"kernel_shape", pair(g.kernel)}, {"strides", pair(g.stride)}};
  if (g.dilation != Extent2{}) attributes["dilations"] = pair(g.dilation);
  const AxisRuns rows{g.dilation.h * (g.kernel.h - 1) + 1,
                      g.stride.h,
                      g.image.h,
                      other.image.h,
                      g.padding.top,
                      g.padding.bottom};
  const AxisRuns columns{g.dilation.w * (g.kernel.w - 1) + 1,
                         g.stride.w,
                         g.image.w,
                         other.image.w,
                         g.padding.left,
                         g.padding.right};
  const bool is_same = padding.kind == PaddingRule::Kind::same;
  const auto vertical = rows.zeros(is_same), horizontal = columns.zeros(is_same);
  if (vertical && horizontal) {
    const Padding zeros{(*vertical)[0], (*vertical)[1], (*horizontal)[0], (*horizontal)[1]};
    if (zeros != Padding{}) attributes["pads"] = pads(zeros);
    return attributes;
  }
  // SAME_UPPER is what TensorFlow means, and these are what ONNX Runtime has not got for it.
  if (g.dilation != Extent2{} || rows.reach < rows.stride || columns.reach < columns.stride)
    throw InputError(
        "padding = \"same\" of a kernel with gaps, or with strides longer than it is, depends on "
        "the size of the image; give the model's input a height and a width");
  attributes["auto_pad"] = std::string("SAME_UPPER");
  return attributes;
}

/// (kh, kw, C / groups, K) -> (K, C / groups, kh, kw), of convolutions and of transposed ones.
std::string add_kernel(const OnnxLayerCall& layer, std::size_t i = 0) {
  return layer.add_parameter(i, {3, 2, 0, 1});
}

std::vector<std::string> operands(const OnnxLayerCall& layer, const std::string& kernel,
                                  bool use_bias, std::size_t bias = 1) {
  std::vector<std::string> inputs{layer.inputs[0], kernel};
  if (use_bias) inputs.push_back(layer.add_parameter(bias));
  return inputs;
}

/// The depthwise kernel (kh, kw, C, M) as that of C groups, (C * M, 1, kh, kw).
std::string add_depthwise_kernel(const OnnxLayerCall& layer) {
  const OnnxInts dims = layer.parameter(0).dims;
  return layer.add_parameter(0, {2, 3, 0, 1}, {dims[2] * dims[3], 1, dims[0], dims[1]});
}

Attributes depthwise_window(const OnnxLayerCall& layer, const DepthwiseConv2D::Settings& s) {
  const ConvGeometry g = s.geometry(plane(layer.shapes.inputs[0]));
  Attributes attributes = window(g, s.geometry(plane(layer.other_shapes.inputs[0])), s.padding);
  attributes["group"] = g.groups;
  return attributes;
}

Attributes pooling_window(const OnnxLayerCall& layer, const Pooling2D::Settings& s) {
  const auto geometry = [&](const Shape& image) {
    return ConvGeometry::from_image(
        {.kernel = s.pool_size, .stride = s.strides.value_or(s.pool_size), .padding = s.padding},
        plane(image), image[2]);
  };
  return window(geometry(layer.shapes.inputs[0]), geometry(layer.other_shapes.inputs[0]),
                s.padding);
}

/// Pixels that the image has beyond the ones that its features reach without padding.
Extent2 output_padding(const ConvGeometry& g) {
  const auto extra = [](Index image, Index features, Index kernel, Index stride, Index dilation,
                        Index before, Index after) {
    return image - image_extent(features, kernel, stride, dilation, before, after, 0);
  };
  return {extra(g.image.h, g.features.h, g.kernel.h, g.stride.h, g.dilation.h, g.padding.top,
                g.padding.bottom),
          extra(g.image.w, g.features.w, g.kernel.w, g.stride.w, g.dilation.w, g.padding.left,
                g.padding.right)};
}

}  // namespace onnx_windows

std::string write_onnx_convolution(const OnnxLayerCall& layer) {
  const auto& conv = dynamic_cast<const Conv2D&>(*layer.node.layer);
  const auto& s = conv.settings();
  auto attributes = onnx_windows::window(conv.geometry(layer.shapes),
                                         conv.geometry(layer.other_shapes), s.padding);
  if (s.groups != 1) attributes["group"] = s.groups;
  return layer.graph.add("Conv", layer.node.name,
                         onnx_windows::operands(layer, onnx_windows::add_kernel(layer), s.use_bias),
                         attributes);
}

std::string write_onnx_transposed_convolution(const OnnxLayerCall& layer) {
  const auto& conv = dynamic_cast<const Conv2DTranspose&>(*layer.node.layer);
  const auto& s = conv.settings();
  const ConvGeometry g = conv.geometry(layer.shapes), other = conv.geometry(layer.other_shapes);
  const Extent2 extra = onnx_windows::output_padding(g);
  if (g.padding != other.padding || extra != onnx_windows::output_padding(other))
    throw InputError(
        "its padding depends on the size of the image in a way that ONNX cannot say; give the "
        "model's input a height and a width");
  OnnxGraphBuilder::Attributes attributes{{"kernel_shape", onnx_windows::pair(g.kernel)},
                                          {"strides", onnx_windows::pair(g.stride)}};
  if (g.dilation != Extent2{}) attributes["dilations"] = onnx_windows::pair(g.dilation);
  if (g.padding != Padding{}) attributes["pads"] = onnx_windows::pads(g.padding);
  if (extra != Extent2{0, 0}) attributes["output_padding"] = onnx_windows::pair(extra);
  if (s.groups != 1) attributes["group"] = s.groups;
  return layer.graph.add("ConvTranspose", layer.node.name,
                         onnx_windows::operands(layer, onnx_windows::add_kernel(layer), s.use_bias),
                         attributes);
}

std::string write_onnx_depthwise(const OnnxLayerCall& layer) {
  const auto& s = dynamic_cast<const DepthwiseConv2D&>(*layer.node.layer).settings();
  return layer.graph.add(
      "Conv", layer.node.name,
      onnx_windows::operands(layer, onnx_windows::add_depthwise_kernel(layer), s.use_bias),
      onnx_windows::depthwise_window(layer, s));
}

std::string write_onnx_separable(const OnnxLayerCall& layer) {
  const auto& s = dynamic_cast<const SeparableConv2D&>(*layer.node.layer).settings();
  const std::string middle = layer.graph.add(
      "Conv", layer.name("depthwise"),
      onnx_windows::operands(layer, onnx_windows::add_depthwise_kernel(layer), /*use_bias=*/false),
      onnx_windows::depthwise_window(layer, s));
  std::vector<std::string> inputs{middle, onnx_windows::add_kernel(layer, 1)};
  if (s.use_bias) inputs.push_back(layer.add_parameter(2));
  return layer.graph.add("Conv", layer.node.name, inputs, {{"kernel_shape", OnnxInts{1, 1}}});
}

std::string write_onnx_max_pooling(const OnnxLayerCall& layer) {
  const auto& s = dynamic_cast<const MaxPooling2D&>(*layer.node.layer).settings();
  return layer.graph.add("MaxPool", layer.node.name, layer.inputs,
                         onnx_windows::pooling_window(layer, s));
}

std::string write_onnx_average_pooling(const OnnxLayerCall& layer) {
  const auto& s = dynamic_cast<const AveragePooling2D&>(*layer.node.layer).settings();
  auto attributes = onnx_windows::pooling_window(layer, s);
  attributes["count_include_pad"] = std::int64_t{0};
  return layer.graph.add("AveragePool", layer.node.name, layer.inputs, attributes);
}

}  // namespace adjoint
