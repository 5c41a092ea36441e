#include "models/pytorch/torch_layer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/layers/activation.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/cropping2d.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/pooling2d.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/tensor/error.hpp"
#include "models/pytorch/vector_order.hpp"

namespace adjoint {
namespace torch_rows {

// Python texts.

std::string pair(Extent2 pair) {
  return pair.h == pair.w ? fmt::format("{}", pair.h) : fmt::format("({}, {})", pair.h, pair.w);
}
std::string tuple(Extent2 pair) {
  return fmt::format("({}, {})", pair.h, pair.w);
}
/// F.pad's order: the last axis first.
std::string sides(const Padding& padding) {
  return fmt::format("({}, {}, {}, {})", padding.left, padding.right, padding.top, padding.bottom);
}
std::string number(double value) {
  return fmt::format("{}", value);
}
std::string option(std::string_view name, const std::string& value) {
  return fmt::format(", {}={}", name, value);
}
/// "2:-1": what is left of an axis without its first and its last pixels.
std::string cut(Index before, Index after) {
  return (before > 0 ? fmt::format("{}", before) : "") + ":" +
         (after > 0 ? fmt::format("-{}", after) : "");
}
std::string cut(const Padding& by) {
  if (by == Padding{}) return "";
  return fmt::format("[:, :, {}, {}]", cut(by.top, by.bottom), cut(by.left, by.right));
}
std::string channels_last(const std::string& x) {
  return x + ".permute(0, 2, 3, 1)";
}
std::string channels_first(const std::string& x) {
  return x + ".permute(0, 3, 1, 2)";
}

template <class Type>
const auto& settings_of(const TorchUse& use) {
  return dynamic_cast<const Type&>(*use.node.layer).settings();
}

// Parameters.

/// The node's n-th parameter.
Index position(const TorchUse& use, std::size_t n) {
  return use.node.parameters.at(n);
}

/// (kh, kw, C / groups, K) becomes (K, C / groups, kh, kw), for both directions of a convolution.
TensorLayout kernel_layout(const Shape& k) {
  return {
      .split = {k[0], k[1], k[2], k[3]}, .axes = {3, 2, 0, 1}, .shape = {k[3], k[2], k[0], k[1]}};
}

/// The numbers of a vector of this order.
TensorLayout vector_layout(Index size, const std::optional<Shape>& order) {
  if (!order) return same_layout({size});
  return {.split = {order->begin(), order->end()}, .axes = {2, 0, 1}, .shape = {size}};
}

/// (in, out) becomes (out, in).
TensorLayout matrix_layout(Index in, Index out, const TorchUse& use) {
  TensorLayout layout{.split = {}, .axes = {}, .shape = {out, in}};
  std::vector<std::size_t> of_in, of_out;
  const auto add = [&](Index size, const std::optional<Shape>& order,
                       std::vector<std::size_t>& axes) {
    const std::size_t first = layout.split.size();
    if (order) {
      layout.split.insert(layout.split.end(), order->begin(), order->end());
      axes = {first + 2, first, first + 1};
    } else {
      layout.split.push_back(size);
      axes = {first};
    }
  };
  add(in, use.input_order, of_in);
  add(out, use.output_order, of_out);
  layout.axes = of_out;
  layout.axes.insert(layout.axes.end(), of_in.begin(), of_in.end());
  return layout;
}

/// weight and bias of a normalization, of which Adjoint may have neither, either or both.
void add_scale_and_shift(TorchCode& code, const TorchUse& use, bool scale, bool center,
                         const TensorLayout& layout) {
  if (!scale && !center) return;
  std::size_t next = 0;
  code.parameters.push_back({.attribute = "weight",
                             .parameter = scale ? position(use, next++) : -1,
                             .constant = 1,
                             .layout = layout});
  code.parameters.push_back({.attribute = "bias",
                             .parameter = center ? position(use, next) : -1,
                             .constant = 0,
                             .layout = layout});
}

// Layers.

/// Padding before a window walks over an image.
struct WindowPadding {
  std::string option;  // of the module; "" for none
  std::string input;   // padded where the module cannot
};
/// `fill`: empty for zeros. A module takes at most `most` rows and columns.
WindowPadding pad_window(const TorchUse& use, TorchCode& code, const ConvGeometry& g,
                         const PaddingRule& rule, const std::string& fill, Extent2 most) {
  const std::string& x = use.inputs[0];
  const std::string value = fill.empty() ? "" : option("value", fill);
  const Extent2 reach{g.dilation.h * (g.kernel.h - 1) + 1, g.dilation.w * (g.kernel.w - 1) + 1};
  // With a stride of 1, "same" adds as much to an image of any size.
  const bool depends_on_size =
      rule.kind == PaddingRule::Kind::same && use.open && (g.stride.h > 1 || g.stride.w > 1);
  if (depends_on_size) {
    code.helpers.insert("same_padding");
    std::string arguments = fmt::format("{}, {}, {}", x, tuple(g.kernel), tuple(g.stride));
    if (g.dilation != Extent2{}) arguments += ", " + tuple(g.dilation);
    return {"", fmt::format("F.pad({}, same_padding({}){})", x, arguments, value)};
  }
  Padding padding = g.padding;
  if (rule.kind == PaddingRule::Kind::same && use.open) {
    padding = {(reach.h - 1) / 2, reach.h / 2, (reach.w - 1) / 2, reach.w / 2};
  }
  if (padding == Padding{}) return {"", x};
  if (padding.top == padding.bottom && padding.left == padding.right && padding.top <= most.h &&
      padding.left <= most.w)
    return {option("padding", pair({padding.top, padding.left})), x};
  return {"", fmt::format("F.pad({}, {}{})", x, sides(padding), value)};
}

constexpr Extent2 kAnyPadding{Index{1} << 40, Index{1} << 40};

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

TorchCode conv2d(const TorchUse& use) {
  const auto& s = settings_of<Conv2D>(use);
  const ConvGeometry g = dynamic_cast<const Conv2D&>(*use.node.layer).geometry(use.shapes);
  TorchCode code;
  const WindowPadding padding = pad_window(use, code, g, s.padding, "", kAnyPadding);
  code.module =
      fmt::format("nn.Conv2d({}, {}, {}{})", g.image.channels, g.features.channels, pair(g.kernel),
                  convolution_options(g, padding.option, s.groups, s.use_bias));
  code.call = fmt::format("{}({})", use.module, padding.input);
  code.parameters.push_back({.attribute = "weight",
                             .parameter = position(use, 0),
                             .layout = kernel_layout(g.kernel_shape())});
  if (s.use_bias)
    code.parameters.push_back(
        {.attribute = "bias", .parameter = position(use, 1), .layout = same_layout({s.filters})});
  return code;
}

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
  code.parameters.push_back({.attribute = "weight",
                             .parameter = position(use, 0),
                             .layout = kernel_layout(g.kernel_shape())});
  if (s.use_bias)
    code.parameters.push_back(
        {.attribute = "bias", .parameter = position(use, 1), .layout = same_layout({s.filters})});
  return code;
}

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

TorchCode depthwise_conv2d(const TorchUse& use) {
  const auto& s = settings_of<DepthwiseConv2D>(use);
  TorchCode code;
  const Depthwise d = depthwise(use, code, s, s.use_bias);
  code.module = d.module;
  code.call = fmt::format("{}({})", use.module, d.input);
  code.parameters.push_back(
      {.attribute = "weight", .parameter = position(use, 0), .layout = d.layout});
  if (s.use_bias)
    code.parameters.push_back({.attribute = "bias",
                               .parameter = position(use, 1),
                               .layout = same_layout({d.geometry.features.channels})});
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

/// A module that works along the last axis, over images and other samples.
std::string along_channels(const TorchUse& use) {
  const std::string& x = use.inputs[0];
  if (use.shapes.inputs[0].rank() != 3) return fmt::format("{}({})", use.module, x);
  return channels_first(fmt::format("{}({})", use.module, channels_last(x)));
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

TorchCode reshape(const TorchUse& use) {
  const Shape& from = use.shapes.inputs[0];
  const Shape& to = use.output;
  const bool is_flatten = use.node.layer->type() == "Flatten";
  std::string x = use.inputs[0];
  TorchCode code;
  // Vectors in PyTorch's order need no permutation, nor do images of one channel.
  const bool same_order =
      (from.rank() == 3 && (use.output_order || (!use.open && is_flat(from)))) || from.rank() != 3;
  if (!same_order) x = channels_last(x);
  if (is_flatten) {
    code.call = x + ".flatten(1)";
    return code;
  }
  const bool from_vector = to.rank() == 3 && (use.input_order || (!use.open && is_flat(to)));
  if (from_vector) {
    code.call =
        fmt::format("{}.reshape(len({}), {}, {}, {})", x, use.inputs[0], to[2], to[0], to[1]);
    return code;
  }
  const Shape target = use.open ? settings_of<Reshape>(use).target_shape : to;
  code.call = fmt::format("{}.reshape(len({}), {})", x, use.inputs[0], fmt::join(target, ", "));
  if (to.rank() == 3) code.call = channels_first(code.call);
  return code;
}

ConvGeometry window_geometry(const TorchUse& use, const Pooling2D::Settings& s) {
  const Shape& image = use.shapes.inputs[0];
  return ConvGeometry::from_image(
      {.kernel = s.pool_size, .stride = s.strides.value_or(s.pool_size), .padding = s.padding},
      {image[0], image[1], image[2]}, image[2]);
}

TorchCode max_pooling2d(const TorchUse& use) {
  const auto& s = settings_of<Pooling2D>(use);
  const ConvGeometry g = window_geometry(use, s);
  TorchCode code;
  const WindowPadding padding =
      pad_window(use, code, g, s.padding, "-float(\"inf\")", {g.kernel.h / 2, g.kernel.w / 2});
  code.module =
      fmt::format("nn.MaxPool2d({}, stride={}{})", pair(g.kernel), pair(g.stride), padding.option);
  code.call = fmt::format("{}({})", use.module, padding.input);
  return code;
}

TorchCode average_pooling2d(const TorchUse& use) {
  const auto& s = settings_of<Pooling2D>(use);
  const ConvGeometry g = window_geometry(use, s);
  TorchCode code;
  const WindowPadding padding =
      pad_window(use, code, g, s.padding, "", {g.kernel.h / 2, g.kernel.w / 2});
  if (padding.input == use.inputs[0]) {
    const std::string inside = padding.option.empty() ? "" : ", count_include_pad=False";
    code.module = fmt::format("nn.AvgPool2d({}, stride={}{}{})", pair(g.kernel), pair(g.stride),
                              padding.option, inside);
    code.call = fmt::format("{}({})", use.module, use.inputs[0]);
    return code;
  }
  code.helpers.insert("average_inside");
  std::string sides_of_it = sides(g.padding);
  if (code.helpers.contains("same_padding"))
    sides_of_it =
        fmt::format("same_padding({}, {}, {})", use.inputs[0], tuple(g.kernel), tuple(g.stride));
  else if (use.open && s.padding.kind == PaddingRule::Kind::same)
    sides_of_it =
        sides({(g.kernel.h - 1) / 2, g.kernel.h / 2, (g.kernel.w - 1) / 2, g.kernel.w / 2});
  code.call = fmt::format("average_inside({}, {}, {}, {})", use.inputs[0], tuple(g.kernel),
                          tuple(g.stride), sides_of_it);
  return code;
}

TorchCode global_average_pooling2d(const TorchUse& use) {
  const std::string keep = use.output.rank() == 3 ? ", keepdim=True" : "";
  return {.module = "",
          .call = fmt::format("{}.mean((2, 3){})", use.inputs[0], keep),
          .helpers = {},
          .parameters = {}};
}

TorchCode global_max_pooling2d(const TorchUse& use) {
  // Over the flattened pixels: the gradient goes to the first of equal maxima.
  TorchCode code;
  code.call = fmt::format("{}.flatten(2).max(2)[0]", use.inputs[0]);
  if (use.output.rank() == 3) code.call += "[:, :, None, None]";
  return code;
}

TorchCode up_sampling2d(const TorchUse& use) {
  const auto& s = settings_of<UpSampling2D>(use);
  TorchCode code;
  if (s.interpolation == NewPixels::bicubic) {
    code.helpers.insert("bicubic");
    code.call = fmt::format("bicubic({}, {})", use.inputs[0], tuple(s.size));
    return code;
  }
  const bool linear = s.interpolation == NewPixels::bilinear;
  // torch multiplies by 1 / size in single precision, which may not round down for "nearest".
  const auto is_safe = [](Index size) {
    const double share = 1 / static_cast<double>(size);
    return static_cast<double>(static_cast<float>(share)) >= share;
  };
  if (!linear && !(is_safe(s.size.h) && is_safe(s.size.w))) {
    code.call = fmt::format("{}.repeat_interleave({}, 2).repeat_interleave({}, 3)", use.inputs[0],
                            s.size.h, s.size.w);
    return code;
  }
  code.module = fmt::format("nn.Upsample(scale_factor={}, mode=\"{}\"{})", pair(s.size),
                            name_of(s.interpolation), linear ? ", align_corners=False" : "");
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  return code;
}

TorchCode depth_to_space(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("depth_to_space({}, {})", use.inputs[0],
                              settings_of<DepthToSpace>(use).block_size),
          .helpers = {"depth_to_space"},
          .parameters = {}};
}

TorchCode space_to_depth(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("space_to_depth({}, {})", use.inputs[0],
                              settings_of<SpaceToDepth>(use).block_size),
          .helpers = {"space_to_depth"},
          .parameters = {}};
}

TorchCode zero_padding2d(const TorchUse& use) {
  const auto& s = settings_of<ZeroPadding2D>(use);
  TorchCode code;
  if (s.mode == Border::symmetric) {
    code.helpers.insert("symmetric_padding");
    code.call = fmt::format("symmetric_padding({}, {})", use.inputs[0], sides(s.padding));
    return code;
  }
  const std::string_view kind = s.mode == Border::constant  ? "Zero"
                                : s.mode == Border::reflect ? "Reflection"
                                                            : "Replication";
  code.module = fmt::format("nn.{}Pad2d({})", kind, sides(s.padding));
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  return code;
}

TorchCode cropping2d(const TorchUse& use) {
  return {.module = "",
          .call = use.inputs[0] + cut(settings_of<Cropping2D>(use).cropping),
          .helpers = {},
          .parameters = {}};
}

/// A module whose channels are the second axis, over samples whose channels are the last.
std::string over_second_axis(const TorchUse& use) {
  const int rank = use.shapes.inputs[0].rank();
  if (rank == 1 || rank == 3) return fmt::format("{}({})", use.module, use.inputs[0]);
  return fmt::format("{}({}.movedim(-1, 1)).movedim(1, -1)", use.module, use.inputs[0]);
}

TorchCode batch_normalization(const TorchUse& use) {
  const auto& s = settings_of<BatchNormalization>(use);
  const Shape& sample = use.shapes.inputs[0];
  const Index channels = sample.back();
  constexpr std::array<int, 4> kDimensions{1, 1, 2, 3};
  TorchCode code;
  const int dimensions = kDimensions.at(static_cast<std::size_t>(sample.rank() - 1));
  const std::string affine = s.scale || s.center ? "" : ", affine=False";
  if (use.node.trainable) {
    code.module = fmt::format("nn.BatchNorm{}d({}, eps={}, momentum={:.12g}{})", dimensions,
                              channels, number(s.epsilon), 1 - s.momentum, affine);
  } else {
    code.helpers.insert("FrozenBatchNorm");
    code.module = fmt::format("FrozenBatchNorm({}, eps={}{})", channels, number(s.epsilon), affine);
  }
  code.call = over_second_axis(use);
  const TensorLayout layout = vector_layout(channels, use.output_order);
  add_scale_and_shift(code, use, s.scale, s.center, layout);
  const std::size_t mean = (s.scale ? 1U : 0U) + (s.center ? 1U : 0U);
  code.parameters.push_back(
      {.attribute = "running_mean", .parameter = position(use, mean), .layout = layout});
  code.parameters.push_back(
      {.attribute = "running_var", .parameter = position(use, mean + 1), .layout = layout});
  return code;
}

TorchCode group_normalization(const TorchUse& use) {
  const auto& s = settings_of<GroupNormalization>(use);
  const Index channels = use.shapes.inputs[0].back();
  TorchCode code{.module = fmt::format(
                     "nn.GroupNorm({}, {}, eps={}{})", s.groups < 0 ? channels : s.groups, channels,
                     number(s.epsilon), s.scale || s.center ? "" : ", affine=False"),
                 .call = over_second_axis(use),
                 .helpers = {},
                 .parameters = {}};
  add_scale_and_shift(code, use, s.scale, s.center, same_layout({channels}));
  return code;
}

TorchCode layer_normalization(const TorchUse& use) {
  const auto& s = settings_of<LayerNormalization>(use);
  const Shape& sample = use.shapes.inputs[0];
  Shape normalized;
  for (int axis = sample.rank() - s.axis.list.rank(); axis < sample.rank(); ++axis)
    normalized.push_back(sample[axis]);
  TorchCode code{.module = fmt::format("nn.LayerNorm([{}], eps={}{})", fmt::join(normalized, ", "),
                                       number(s.epsilon),
                                       s.scale || s.center ? "" : ", elementwise_affine=False"),
                 .call = along_channels(use),
                 .helpers = {},
                 .parameters = {}};
  const TensorLayout layout =
      sample.rank() == 1 ? vector_layout(sample[0], use.output_order) : same_layout(normalized);
  add_scale_and_shift(code, use, s.scale, s.center, layout);
  return code;
}

TorchCode prelu(const TorchUse& use) {
  const auto& s = settings_of<PReLU>(use);
  const Shape& sample = use.shapes.inputs[0];
  Shape alpha = sample;
  for (Index axis : s.shared_axes) alpha[static_cast<int>(axis) - 1] = 1;
  TorchCode code;
  TensorLayout layout = same_layout(alpha);
  // torch has one slope for all, or one for each index of the second axis.
  const bool of_channels =
      alpha.size() == alpha.back() && (sample.rank() == 1 || sample.rank() == 3);
  if (alpha.size() == 1 || of_channels) {
    layout = alpha.size() == 1 ? same_layout({1}) : vector_layout(alpha.back(), use.output_order);
    if (alpha.rank() != 1) layout = same_layout({alpha.back()});
    code.module = fmt::format("nn.PReLU({})", alpha.back());
  } else {
    if (sample.rank() == 3)
      layout = {.split = {alpha.begin(), alpha.end()},
                .axes = {2, 0, 1},
                .shape = {alpha[2], alpha[0], alpha[1]}};
    code.helpers.insert("SlopesBelowZero");
    code.module = fmt::format("SlopesBelowZero({})", fmt::join(layout.shape, ", "));
  }
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  code.parameters.push_back(
      {.attribute = "weight", .parameter = position(use, 0), .layout = layout});
  return code;
}

TorchCode rescaling(const TorchUse& use) {
  const auto& s = settings_of<Rescaling>(use);
  std::string call = use.inputs[0];
  if (s.scale != 1) call += " * " + number(s.scale);
  if (s.offset != 0) call += (s.offset < 0 ? " - " : " + ") + number(std::abs(s.offset));
  return {.module = "", .call = call, .helpers = {}, .parameters = {}};
}

TorchCode joined_by(const TorchUse& use, std::string_view sign) {
  return {.module = "",
          .call = fmt::format("{}", fmt::join(use.inputs, sign)),
          .helpers = {},
          .parameters = {}};
}
TorchCode add(const TorchUse& use) {
  return joined_by(use, " + ");
}
TorchCode subtract(const TorchUse& use) {
  return joined_by(use, " - ");
}
TorchCode multiply(const TorchUse& use) {
  return joined_by(use, " * ");
}
TorchCode average(const TorchUse& use) {
  TorchCode code = joined_by(use, " + ");
  code.call = fmt::format("({}) / {}", code.call, use.inputs.size());
  return code;
}
TorchCode maximum(const TorchUse& use) {
  TorchCode code;
  code.helpers.insert("first_maximum");
  code.call = fmt::format("first_maximum({})", fmt::join(use.inputs, ", "));
  return code;
}

TorchCode concatenate(const TorchUse& use) {
  const int rank = use.output.rank() + 1;
  const Index axis = settings_of<Concatenate>(use).axis;
  Index theirs = axis < 0 ? axis + rank : axis;
  if (rank == 4) theirs = theirs == 3 ? 1 : theirs + 1;
  return {.module = "",
          .call = fmt::format("torch.cat([{}], dim={})", fmt::join(use.inputs, ", "), theirs),
          .helpers = {},
          .parameters = {}};
}

TorchCode dropout(const TorchUse& use) {
  const bool spatial = use.node.layer->type() == "SpatialDropout2D";
  return {.module = fmt::format("nn.Dropout{}({})", spatial ? "2d" : "",
                                number(settings_of<Dropout>(use).rate)),
          .call = fmt::format("{}({})", use.module, use.inputs[0]),
          .helpers = {},
          .parameters = {}};
}

TorchCode gaussian_noise(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("noisy({}, {}, self.training)", use.inputs[0],
                              number(settings_of<GaussianNoiseLayer>(use).stddev)),
          .helpers = {"noisy"},
          .parameters = {}};
}

TorchCode sampling(const TorchUse& use) {
  return {.module = "",
          .call = fmt::format("sample({}, {}, self.training)", use.inputs[0], use.inputs[1]),
          .helpers = {"sample"},
          .parameters = {}};
}

TorchCode activation(const TorchUse& use) {
  const auto& layer = dynamic_cast<const ActivationLayer&>(*use.node.layer);
  return {.module = "",
          .call = torch_activation(layer.activation(), use.inputs[0], use.output.rank()),
          .helpers = {},
          .parameters = {}};
}

TorchCode identity(const TorchUse& use) {
  return {.module = "", .call = use.inputs[0], .helpers = {}, .parameters = {}};
}

constexpr std::array kRows{
    TorchLayer{"Conv2D", "nn.Conv2d; F.pad before it where PyTorch cannot pad so", conv2d},
    TorchLayer{"Conv2DTranspose", "nn.ConvTranspose2d; what is too much is cut off",
               conv2d_transpose},
    TorchLayer{"DepthwiseConv2D", "nn.Conv2d with groups", depthwise_conv2d},
    TorchLayer{"SeparableConv2D", "two nn.Conv2d: depthwise, pointwise", separable_conv2d},
    TorchLayer{"Dense", "nn.Linear", dense},
    TorchLayer{"Flatten", "Tensor.flatten", reshape},
    TorchLayer{"Reshape", "Tensor.reshape", reshape},
    TorchLayer{"MaxPooling2D", "nn.MaxPool2d", max_pooling2d},
    TorchLayer{"AveragePooling2D", "nn.AvgPool2d, padding not counted", average_pooling2d},
    TorchLayer{"GlobalAveragePooling2D", "Tensor.mean", global_average_pooling2d},
    TorchLayer{"GlobalMaxPooling2D", "Tensor.max", global_max_pooling2d},
    TorchLayer{"UpSampling2D", "nn.Upsample; a function of its own for \"bicubic\"", up_sampling2d},
    TorchLayer{"DepthToSpace", "a function: nn.PixelShuffle takes channels in another order",
               depth_to_space},
    TorchLayer{"SpaceToDepth", "a function: nn.PixelUnshuffle gives channels in another order",
               space_to_depth},
    TorchLayer{"ZeroPadding2D",
               "nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d; a function for "
               "\"symmetric\"",
               zero_padding2d},
    TorchLayer{"Cropping2D", "a slice", cropping2d},
    TorchLayer{"BatchNormalization", "nn.BatchNorm2d; momentum is 1 - Adjoint's",
               batch_normalization},
    TorchLayer{"Rescaling", "a product and a sum", rescaling},
    TorchLayer{"Add", "+", add},
    TorchLayer{"Subtract", "-", subtract},
    TorchLayer{"Multiply", "*", multiply},
    TorchLayer{"Average", "+ and /", average},
    TorchLayer{"Maximum", "torch.where", maximum},
    TorchLayer{"Concatenate", "torch.cat", concatenate},
    TorchLayer{"Dropout", "nn.Dropout", dropout},
    TorchLayer{"SpatialDropout2D", "nn.Dropout2d", dropout},
    TorchLayer{"Activation", "torch.nn.functional", activation},
    TorchLayer{"PReLU", "nn.PReLU; a module of its own for slopes of each pixel", prelu},
    TorchLayer{"GroupNormalization", "nn.GroupNorm", group_normalization},
    TorchLayer{"LayerNormalization", "nn.LayerNorm", layer_normalization},
    TorchLayer{"GaussianNoise", "torch.randn_like", gaussian_noise},
    TorchLayer{"ActivityRegularization", "nothing: the penalty is part of the loss", identity},
    TorchLayer{"Sampling", "torch.randn_like; the penalty is part of the loss", sampling},
};

}  // namespace torch_rows

std::span<const TorchLayer> torch_layers() {
  return torch_rows::kRows;
}

TorchCode torch_code(const TorchUse& use) {
  const std::string_view type = use.node.layer->type();
  const auto found = std::ranges::find(torch_rows::kRows, type, &TorchLayer::type);
  if (found == torch_rows::kRows.end())
    throw InputError("layer \"{}\": PyTorch has nothing for a {}", use.node.name, type);
  return found->write(use);
}

std::string torch_activation(const Activation& activation, const std::string& of, int rank) {
  using enum Activation::Kind;
  const auto call = [&](std::string_view function, const std::string& options = "") {
    return fmt::format("{}({}{})", function, of, options);
  };
  switch (activation.kind) {
    case linear:
      return of;
    case relu:
      return call("F.relu");
    case leaky_relu:
      return call("F.leaky_relu", ", " + torch_rows::number(activation.negative_slope));
    case elu:
      return call("F.elu", ", " + torch_rows::number(activation.alpha));
    case sigmoid:
      return call("torch.sigmoid");
    case hard_sigmoid:
      return call("F.hardsigmoid");
    case tanh:
      return call("torch.tanh");
    case softplus:
      return call("F.softplus");
    case softmax:  // over the channels
      return call("F.softmax", rank == 3 ? ", dim=1" : ", dim=-1");
    case gelu:
      return call("F.gelu", activation.approximate ? ", approximate=\"tanh\"" : "");
    case silu:
      return call("F.silu");
  }
  return of;
}

}  // namespace adjoint
