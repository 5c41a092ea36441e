#include <algorithm>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_steps.hpp"

namespace adjoint {
namespace onnx_reading_windows {

using PaddingKind = PaddingRule::Kind;

constexpr Index kMost = 1 << 30;  // of kernels, strides and paddings

/// What walks over an image: one of a single row if the file's has no height.
struct Walk {
  Extent2 kernel, stride, dilation;
  Padding pads;
  std::string auto_pad;
};

/// Numbers of an attribute for height and width; `fallback` where there is none.
Extent2 pair_of(const OnnxReader& reader, const std::string& name, std::size_t axes,
                std::int64_t fallback) {
  const auto given = reader.attribute<OnnxInts>(name, OnnxInts(axes, fallback));
  if (given.size() != axes)
    throw InputError("its {} have {} numbers; expected {}", name, given.size(), axes);
  return axes == 1 ? Extent2{1, given[0]} : Extent2{given[0], given[1]};
}

/// `fallback` is the kernel that the weights have; null: there are none.
Walk walk_of(OnnxReader& reader, const OnnxView& image, const Extent2* weights) {
  const std::size_t axes = image.axes.size() - 2;
  Walk walk;
  if (!weights && reader.attribute<OnnxInts>("kernel_shape", {}).empty())
    throw InputError("it has no kernel_shape");
  walk.kernel = pair_of(reader, "kernel_shape", axes, 1);
  if (weights && reader.attribute<OnnxInts>("kernel_shape", {}).empty()) walk.kernel = *weights;
  if (weights && walk.kernel != *weights) throw InputError("its kernel_shape is not its weights'");
  walk.stride = pair_of(reader, "strides", axes, 1);
  walk.dilation = pair_of(reader, "dilations", axes, 1);
  walk.auto_pad = reader.attribute<std::string>("auto_pad", "NOTSET");
  const auto pads = reader.attribute<OnnxInts>("pads", OnnxInts(2 * axes, 0));
  if (pads.size() != 2 * axes)
    throw InputError("its pads have {} numbers; expected {}", pads.size(), 2 * axes);
  if (std::ranges::any_of(pads, [](std::int64_t pad) { return pad < 0 || pad > kMost; }))
    throw InputError("its pads are negative, or too large");
  walk.pads =
      axes == 1 ? Padding{0, 0, pads[0], pads[1]} : Padding{pads[0], pads[2], pads[1], pads[3]};
  if (walk.auto_pad != "NOTSET" && walk.auto_pad != "VALID" && walk.auto_pad != "SAME_UPPER" &&
      walk.auto_pad != "SAME_LOWER")
    throw InputError("its auto_pad is not known");
  const auto is_sensible = [](const Extent2& extent) {
    return std::min(extent.h, extent.w) >= 1 && std::max(extent.h, extent.w) <= kMost;
  };
  if (!is_sensible(walk.kernel) || !is_sensible(walk.stride) || !is_sensible(walk.dilation))
    throw InputError("its kernel_shape, strides and dilations must be at least 1");
  return walk;
}

Index reach(Index kernel, Index dilation) {
  return dilation * (kernel - 1) + 1;
}

PaddingRule explicit_rule(const Padding& pads) {
  if (pads == Padding{}) return {};
  return {.kind = PaddingKind::explicit_zeros, .zeros = pads};
}

/// The padding of what walks down an image.
PaddingRule rule_of(OnnxReader& reader, const Walk& walk, const Shape& image) {
  const Index reach_h = reach(walk.kernel.h, walk.dilation.h),
              reach_w = reach(walk.kernel.w, walk.dilation.w);
  if (walk.auto_pad == "VALID") return {};
  if (walk.auto_pad == "SAME_UPPER") return {.kind = PaddingKind::same};
  if (walk.auto_pad == "SAME_LOWER") {
    const auto zeros = [](Index extent, Index stride, Index reach) {
      return std::max<Index>(((extent + stride - 1) / stride - 1) * stride + reach - extent, 0);
    };
    const Index rows = reader.worked_out(zeros(image[0], walk.stride.h, reach_h)),
                columns = reader.worked_out(zeros(image[1], walk.stride.w, reach_w));
    return explicit_rule({rows - rows / 2, rows / 2, columns - columns / 2, columns / 2});
  }
  const Padding same{(reach_h - 1) / 2, reach_h / 2, (reach_w - 1) / 2, reach_w / 2};
  if (walk.stride == Extent2{1, 1} && walk.pads == same && same != Padding{})
    return {.kind = PaddingKind::same};
  return explicit_rule(walk.pads);
}

/// Weights (M, C, kh, kw) with a height of 1 for those of a row.
OnnxTensor image_weights(const OnnxTensor& weights, const OnnxView& image) {
  OnnxTensor result = weights;
  if (weights.dims.size() == 3 && image.axes.size() == 3)
    result.dims.insert(result.dims.begin() + 2, 1);
  if (result.dims.size() != 4 || image.axes.size() != weights.dims.size())
    throw InputError("its weights have {} axes, and its input {}", weights.dims.size(),
                     image.axes.size());
  if (std::ranges::any_of(result.dims, [](std::int64_t extent) { return extent < 1; }))
    throw InputError("its weights hold nothing");
  return result;
}

void add_bias(OnnxReader& reader, const OnnxView& layer, std::int64_t filters, int order) {
  if (!reader.has_input(2)) return;
  const OnnxTensor& bias = reader.constant(2);
  if (bias.dims != OnnxInts{filters})
    throw InputError("its bias has {} numbers; expected {}", bias.size(), filters);
  reader.weight(layer, "bias", bias, {order});
}

/// The axes of a result as its input's: three where it is a row.
void keep_row(OnnxView& result, const OnnxView& image) {
  if (image.axes.size() == 3) result.axes = {{0}, {3}, {2}};
}

std::int64_t groups_of(OnnxReader& reader, std::int64_t channels, std::int64_t per_group) {
  const auto groups = reader.attribute<std::int64_t>("group", 1);
  if (groups < 1 || groups > channels || channels % groups != 0 || per_group != channels / groups)
    throw InputError("its weights are for {} channels in each of {} groups, and its input has {}",
                     per_group, groups, channels);
  return groups;
}

/// One axis of a transposed convolution: what the file says, as zeros before and after and pixels
/// added.
struct UpAxis {
  Index before, after, extra;
};

UpAxis up_axis(OnnxReader& reader, const Walk& walk, bool vertical, Index features, Index extra,
               std::optional<std::int64_t> wanted) {
  const Index reached =
      vertical ? reach(walk.kernel.h, walk.dilation.h) : reach(walk.kernel.w, walk.dilation.w);
  const Index stride = vertical ? walk.stride.h : walk.stride.w;
  UpAxis axis{vertical ? walk.pads.top : walk.pads.left,
              vertical ? walk.pads.bottom : walk.pads.right, extra};
  const bool same = walk.auto_pad == "SAME_UPPER" || walk.auto_pad == "SAME_LOWER";
  if (!same && !wanted) return axis;
  const Index whole = image_extent(features, 1, stride, 1, 0, 0, extra) + reached - 1;
  Index zeros = whole - (wanted ? *wanted : features * stride);
  if (wanted) reader.worked_out(zeros);
  if (zeros < 0) {
    axis.extra -= zeros;
    zeros = 0;
  }
  const bool more_after = walk.auto_pad == "SAME_UPPER";
  axis.before = more_after ? zeros / 2 : zeros - zeros / 2;
  axis.after = zeros - axis.before;
  return axis;
}

/// True if Keras's "same" gives this axis, without output_padding.
bool is_same(const UpAxis& axis, Index stride, Index reached) {
  const Index zeros = std::max<Index>(reached - stride, 0);
  return axis.before == zeros / 2 && axis.after == zeros - zeros / 2 &&
         axis.extra == std::max<Index>(stride - reached, 0);
}

}  // namespace onnx_reading_windows

void read_onnx_conv(OnnxReader& reader) {
  using namespace onnx_reading_windows;
  const OnnxView image = reader.image();
  const OnnxTensor weights = image_weights(reader.constant(1), image);
  const Extent2 kernel{weights.dims[2], weights.dims[3]};
  const Walk walk = walk_of(reader, image, &kernel);
  const std::int64_t channels = image.sample[2], filters = weights.dims[0];
  const std::int64_t groups = groups_of(reader, channels, weights.dims[1]);
  const bool use_bias = reader.has_input(2);
  const PaddingRule padding = rule_of(reader, walk, image.sample);
  const ConvGeometry geometry =
      ConvGeometry::from_image({.kernel = kernel,
                                .stride = walk.stride,
                                .dilation = walk.dilation,
                                .groups = groups,
                                .padding = padding},
                               {image.sample[0], image.sample[1], channels}, filters);
  const Shape output = geometry.features.shape();
  OnnxTensor ours = transposed(weights, {2, 3, 1, 0});
  OnnxView result;
  if (groups == channels && channels > 1) {
    const std::int64_t multiplier = filters / channels;
    DepthwiseConv2D::Settings settings{.kernel_size = kernel,
                                       .strides = walk.stride,
                                       .padding = padding,
                                       .depth_multiplier = multiplier,
                                       .dilation_rate = walk.dilation,
                                       .use_bias = use_bias};
    if (multiplier != 1) reader.orders().settle_same(image.order);
    result = reader.add("DepthwiseConv2D", settings, {image}, output);
    result.order = multiplier == 1 ? image.order : reader.orders().same();
    ours.dims = {kernel.h, kernel.w, channels, multiplier};
    reader.weight(result, "depthwise_kernel", ours, {-1, -1, image.order, -1});
  } else {
    if (groups > 1) reader.orders().settle_same(image.order);
    Conv2D::Settings settings;
    settings.filters = filters;
    settings.kernel_size = kernel;
    settings.strides = walk.stride;
    settings.padding = padding;
    settings.dilation_rate = walk.dilation;
    settings.groups = groups;
    settings.use_bias = use_bias;
    result = reader.add("Conv2D", settings, {image}, output);
    if (groups > 1) result.order = reader.orders().same();
    reader.weight(result, "kernel", ours, {-1, -1, groups > 1 ? -1 : image.order, result.order});
  }
  add_bias(reader, result, filters, result.order);
  keep_row(result, image);
  reader.give(result);
}

void read_onnx_conv_transpose(OnnxReader& reader) {
  using namespace onnx_reading_windows;
  const OnnxView image = reader.image();
  const OnnxTensor weights = image_weights(reader.constant(1), image);
  const Extent2 kernel{weights.dims[2], weights.dims[3]};
  const Walk walk = walk_of(reader, image, &kernel);
  const std::size_t axes = image.axes.size() - 2;
  const std::int64_t channels = image.sample[2];
  const auto groups = reader.attribute<std::int64_t>("group", 1);
  if (weights.dims[0] != channels || groups < 1 || channels % groups != 0)
    throw InputError("its weights are for {} channels in {} groups, and its input has {}",
                     weights.dims[0], groups, channels);
  const std::int64_t filters = weights.dims[1] * groups;
  const Extent2 extra = pair_of(reader, "output_padding", axes, 0);
  auto wanted = reader.attribute<OnnxInts>("output_shape", {});
  if (wanted.size() > axes) wanted.erase(wanted.begin(), wanted.end() - static_cast<int>(axes));
  if (!wanted.empty() && wanted.size() != axes)
    throw InputError("its output_shape has too few axes");
  if (std::ranges::any_of(wanted,
                          [](std::int64_t extent) { return extent < 1 || extent > 1 << 30; }))
    throw InputError("its output_shape must be at least 1");
  if (std::min(extra.h, extra.w) < 0 || std::max(extra.h, extra.w) > kMost)
    throw InputError("its output_padding is negative, or too large");
  if (axes == 1 && !wanted.empty()) wanted.insert(wanted.begin(), 1);
  const auto wanted_along = [&](std::size_t axis) {
    return wanted.empty() ? std::nullopt : std::optional(wanted[axis]);
  };
  const Extent2 own_extra = axes == 1 ? Extent2{0, extra.w} : extra;
  const UpAxis rows = up_axis(reader, walk, true, image.sample[0], own_extra.h, wanted_along(0));
  const UpAxis columns =
      up_axis(reader, walk, false, image.sample[1], own_extra.w, wanted_along(1));
  Conv2DTranspose::Settings settings;
  settings.filters = filters;
  settings.kernel_size = kernel;
  settings.strides = walk.stride;
  settings.dilation_rate = walk.dilation;
  settings.groups = groups;
  settings.use_bias = reader.has_input(2);
  const Padding pads{rows.before, rows.after, columns.before, columns.after};
  const Index reach_h = reach(kernel.h, walk.dilation.h),
              reach_w = reach(kernel.w, walk.dilation.w);
  const Extent2 added{rows.extra, columns.extra};
  const Extent2 usual{std::max<Index>(walk.stride.h - reach_h, 0),
                      std::max<Index>(walk.stride.w - reach_w, 0)};
  if (pads != Padding{} && is_same(rows, walk.stride.h, reach_h) &&
      is_same(columns, walk.stride.w, reach_w)) {
    settings.padding = {.kind = PaddingKind::same};
  } else {
    settings.padding = explicit_rule(pads);
    if (pads != Padding{} || added != usual) settings.output_padding = added;
  }
  const ConvGeometry geometry = ConvGeometry::from_features(
      {.kernel = kernel,
       .stride = walk.stride,
       .dilation = walk.dilation,
       .groups = groups,
       .padding = settings.padding},
      {image.sample[0], image.sample[1], channels}, filters, settings.output_padding);
  if (groups > 1) reader.orders().settle_same(image.order);
  OnnxView result = reader.add("Conv2DTranspose", settings, {image}, geometry.image.shape());
  if (groups > 1) result.order = reader.orders().same();
  reader.weight(result, "kernel", transposed(weights, {2, 3, 1, 0}),
                {-1, -1, groups > 1 ? -1 : result.order, image.order});
  add_bias(reader, result, filters, result.order);
  keep_row(result, image);
  reader.give(result);
}

void read_onnx_pool(OnnxReader& reader) {
  using namespace onnx_reading_windows;
  OnnxView image = reader.image();
  const bool is_maximum = reader.node().op == "MaxPool";
  const Walk walk = walk_of(reader, image, nullptr);
  if (walk.dilation != Extent2{}) throw InputError("its dilations are not 1");
  Pooling2D::Settings settings{.pool_size = walk.kernel,
                               .padding = rule_of(reader, walk, image.sample)};
  if (walk.stride != walk.kernel) settings.strides = walk.stride;
  Padding& zeros = settings.padding.zeros;
  const bool counts_padding = !is_maximum && reader.attribute<std::int64_t>("count_include_pad", 0);
  if (counts_padding && settings.padding.kind == PaddingKind::same)
    settings.padding = explicit_rule(zeros = walk.pads);  // of stride 1: as the file has it
  const bool is_ceil = reader.attribute<std::int64_t>("ceil_mode", 0) != 0;
  if (is_ceil && walk.auto_pad == "NOTSET") {
    if (settings.padding.kind == PaddingKind::same) settings.padding = explicit_rule(walk.pads);
    // Rows and columns that a last, partial window takes beyond the border.
    const auto beyond = [&](Index extent, Index kernel, Index stride, Index before, Index after) {
      const Index room = extent + before + after - kernel;
      if (room < 0 || room % stride == 0) return reader.worked_out(0);
      const Index windows = room / stride + 2;
      if ((windows - 1) * stride >= extent + before) return reader.worked_out(0);
      return reader.worked_out(stride - room % stride);
    };
    const Index rows =
                    beyond(image.sample[0], walk.kernel.h, walk.stride.h, zeros.top, zeros.bottom),
                columns =
                    beyond(image.sample[1], walk.kernel.w, walk.stride.w, zeros.left, zeros.right);
    if ((rows > 0 || columns > 0) && counts_padding)
      throw InputError("ceil_mode together with count_include_pad is not read");
    zeros.bottom += rows;
    zeros.right += columns;
    settings.padding = explicit_rule(zeros);
  }
  if (counts_padding && settings.padding.kind != PaddingKind::valid) {
    const Padding around = settings.padding.zeros;
    if (settings.padding.kind == PaddingKind::same)
      throw InputError("count_include_pad together with auto_pad is not read");
    const Shape padded{around.top + image.sample[0] + around.bottom,
                       around.left + image.sample[1] + around.right, image.sample[2]};
    OnnxView outer =
        reader.add("ZeroPadding2D", ZeroPadding2D::Settings{.padding = around}, {image}, padded);
    outer.order = image.order;
    outer.axes = image.axes;
    image = outer;
    settings.padding = {};
  }
  const ConvGeometry geometry = ConvGeometry::from_image(
      {.kernel = walk.kernel, .stride = walk.stride, .padding = settings.padding},
      {image.sample[0], image.sample[1], image.sample[2]}, image.sample[2]);
  OnnxView result = reader.add(is_maximum ? "MaxPooling2D" : "AveragePooling2D", settings, {image},
                               geometry.features.shape());
  result.order = image.order;
  keep_row(result, image);
  reader.give(result);
}

void read_onnx_global_pool(OnnxReader& reader) {
  const OnnxView image = reader.image();
  const Shape sample{1, 1, image.sample[2]};
  OnnxView result =
      reader.node().op == "GlobalMaxPool"
          ? reader.add("GlobalMaxPooling2D", GlobalMaxPooling2D::Settings{.keepdims = true},
                       {image}, sample)
          : reader.add("GlobalAveragePooling2D", GlobalAveragePooling2D::Settings{.keepdims = true},
                       {image}, sample);
  result.order = image.order;
  onnx_reading_windows::keep_row(result, image);
  reader.give(result);
}

}  // namespace adjoint
