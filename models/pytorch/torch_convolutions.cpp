#include <fmt/format.h>

#include <algorithm>

#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "models/pytorch/torch_writers.hpp"

namespace adjoint::torch_rows {

namespace {

/// The options of a convolution that are not those of the default.
std::string convolution_options(const ConvGeometry& g, const std::string& padding, Index groups,
                                bool use_bias) {
  std::string options;
  if (g.stride != Extent2{}) options += option("stride", pair(g.stride));
  options += padding;
  if (g.dilation != Extent2{}) options += option("dilation", pair(g.dilation));
  if (groups != 1) options += option("groups", fmt::format("{}", groups));
  if (!use_bias) options += option("bias", "False");
  return options;
}

void add_kernel_and_bias(TorchCode& code, const TorchUse& use, const TensorLayout& kernel,
                         bool use_bias, Index channels) {
  code.parameters.push_back(
      {.attribute = "weight", .parameter = position(use, 0), .layout = kernel});
  if (use_bias)
    code.parameters.push_back(
        {.attribute = "bias", .parameter = position(use, 1), .layout = same_layout({channels})});
}

}  // namespace

TorchCode conv2d(const TorchUse& use) {
  const auto& s = settings_of<Conv2D>(use);
  const ConvGeometry g = dynamic_cast<const Conv2D&>(*use.node.layer).geometry(use.shapes);
  TorchCode code;
  const WindowPadding padding = pad_window(use, code, g, s.padding, "", kAnyPadding);
  code.module =
      fmt::format("nn.Conv2d({}, {}, {}{})", g.image.channels, g.features.channels, pair(g.kernel),
                  convolution_options(g, padding.option, s.groups, s.use_bias));
  code.call = fmt::format("{}({})", use.module, padding.input);
  add_kernel_and_bias(code, use, kernel_layout(g.kernel_shape()), s.use_bias, s.filters);
  return code;
}

namespace {

/// One axis of a transposed convolution: torch pads both ends alike, and the rest is cut off.
struct TransposedAxis {
  Index padding, output_padding, before, after;
};
TransposedAxis transposed_axis(Index image, Index features, Index kernel, Index stride,
                               Index dilation, Index pad_before) {
  const Index full = (features - 1) * stride + dilation * (kernel - 1) + 1;
  TransposedAxis axis{.padding = pad_before, .output_padding = 0, .before = 0, .after = 0};
  for (;; --axis.padding) {
    axis.output_padding = std::max<Index>(image - full + pad_before + axis.padding, 0);
    if (axis.output_padding < std::max(stride, dilation)) break;
  }
  axis.before = pad_before - axis.padding;
  axis.after = full - 2 * axis.padding + axis.output_padding - axis.before - image;
  return axis;
}

}  // namespace

TorchCode conv2d_transpose(const TorchUse& use) {
  const auto& s = settings_of<Conv2DTranspose>(use);
  const ConvGeometry g = dynamic_cast<const Conv2DTranspose&>(*use.node.layer).geometry(use.shapes);
  TorchCode code;
  std::string options;
  if (use.open && !use.like.empty()) {
    code.helpers.insert("transposed_to");
    const std::string before = s.padding.kind == PaddingRule::Kind::same
                                   ? ""
                                   : option("before", tuple({g.padding.top, g.padding.left}));
    code.call =
        fmt::format("transposed_to({}, {}, {}{})", use.module, use.inputs[0], use.like, before);
  } else {
    const TransposedAxis rows = transposed_axis(g.image.h, g.features.h, g.kernel.h, g.stride.h,
                                                g.dilation.h, g.padding.top);
    const TransposedAxis columns = transposed_axis(g.image.w, g.features.w, g.kernel.w, g.stride.w,
                                                   g.dilation.w, g.padding.left);
    if (rows.padding + columns.padding > 0)
      options += option("padding", pair({rows.padding, columns.padding}));
    if (rows.output_padding + columns.output_padding > 0)
      options += option("output_padding", pair({rows.output_padding, columns.output_padding}));
    code.call = fmt::format("{}({}){}", use.module, use.inputs[0],
                            cut({rows.before, rows.after, columns.before, columns.after}));
  }
  code.module =
      fmt::format("nn.ConvTranspose2d({}, {}, {}{})", g.features.channels, g.image.channels,
                  pair(g.kernel), convolution_options(g, options, s.groups, s.use_bias));
  add_kernel_and_bias(code, use, kernel_layout(g.kernel_shape()), s.use_bias, s.filters);
  return code;
}

namespace {

/// The depthwise convolution of both layers that have one.
struct Depthwise {
  ConvGeometry geometry;
  std::string module;
  std::string input;
  TensorLayout layout;
};
Depthwise depthwise(const TorchUse& use, TorchCode& code, const DepthwiseConv2D::Settings& s,
                    bool use_bias) {
  const Shape& image = use.shapes.inputs[0];
  const ConvGeometry g = s.geometry({image[0], image[1], image[2]});
  const WindowPadding padding = pad_window(use, code, g, s.padding, "", kAnyPadding);
  return {.geometry = g,
          .module = fmt::format("nn.Conv2d({}, {}, {}{})", g.image.channels, g.features.channels,
                                pair(g.kernel),
                                convolution_options(g, padding.option, g.image.channels, use_bias)),
          .input = padding.input,
          .layout = kernel_layout(g.kernel_shape())};
}

}  // namespace

TorchCode depthwise_conv2d(const TorchUse& use) {
  const auto& s = settings_of<DepthwiseConv2D>(use);
  TorchCode code;
  const Depthwise d = depthwise(use, code, s, s.use_bias);
  code.module = d.module;
  code.call = fmt::format("{}({})", use.module, d.input);
  add_kernel_and_bias(code, use, d.layout, s.use_bias, d.geometry.features.channels);
  return code;
}

TorchCode separable_conv2d(const TorchUse& use) {
  const auto& s = settings_of<SeparableConv2D>(use);
  TorchCode code;
  const Depthwise d = depthwise(use, code, s, false);
  const Index channels = d.geometry.features.channels;
  code.module =
      fmt::format("nn.Sequential(OrderedDict(depthwise={}, pointwise=nn.Conv2d({}, {}, 1{})))",
                  d.module, channels, s.filters, s.use_bias ? "" : ", bias=False");
  code.call = fmt::format("{}({})", use.module, d.input);
  code.parameters.push_back(
      {.attribute = "depthwise.weight", .parameter = position(use, 0), .layout = d.layout});
  code.parameters.push_back({.attribute = "pointwise.weight",
                             .parameter = position(use, 1),
                             .layout = kernel_layout({1, 1, channels, s.filters})});
  if (s.use_bias)
    code.parameters.push_back({.attribute = "pointwise.bias",
                               .parameter = position(use, 2),
                               .layout = same_layout({s.filters})});
  return code;
}

TorchCode dense(const TorchUse& use) {
  const auto& s = settings_of<Dense>(use);
  const Index in = use.shapes.inputs[0].back();
  TorchCode code{
      .module = fmt::format("nn.Linear({}, {}{})", in, s.units, s.use_bias ? "" : ", bias=False"),
      .call = along_channels(use),
      .helpers = {},
      .parameters = {}};
  code.parameters.push_back({.attribute = "weight",
                             .parameter = position(use, 0),
                             .layout = matrix_layout(in, s.units, use)});
  if (s.use_bias)
    code.parameters.push_back({.attribute = "bias",
                               .parameter = position(use, 1),
                               .layout = vector_layout(s.units, use.output_order)});
  return code;
}

}  // namespace adjoint::torch_rows
