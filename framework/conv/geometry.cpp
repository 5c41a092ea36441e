#include "framework/conv/geometry.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using PaddingKind = PaddingRule::Kind;

/// Settings of a convolution along one axis.
struct Axis {
  std::string_view name;  // of an image's extent along it
  Index kernel;
  Index stride;
  Index dilation;
  PaddingKind padding;
  Index zeros_before;
  Index zeros_after;

  /// Pixels from the first to the last tap of the kernel.
  Index reach() const { return dilation * (kernel - 1) + 1; }
};

Axis vertical(const ConvSpec& spec) {
  const Padding& zeros = spec.padding.zeros;
  return {"height",          spec.kernel.h, spec.stride.h, spec.dilation.h,
          spec.padding.kind, zeros.top,     zeros.bottom};
}

Axis horizontal(const ConvSpec& spec) {
  const Padding& zeros = spec.padding.zeros;
  return {"width",           spec.kernel.w, spec.stride.w, spec.dilation.w,
          spec.padding.kind, zeros.left,    zeros.right};
}

/// One axis of a geometry.
struct Span {
  Index image;
  Index features;
  Index pad_before;
  Index pad_after;
};

/// features < 1 if the kernel does not fit.
Span span_of_image(const Axis& axis, Index image) {
  Span span{image, 0, 0, 0};
  if (axis.padding == PaddingKind::same) {
    const Index features = (image + axis.stride - 1) / axis.stride;
    const Index zeros = std::max<Index>((features - 1) * axis.stride + axis.reach() - image, 0);
    span.pad_before = zeros / 2;
    span.pad_after = zeros - span.pad_before;
  } else if (axis.padding == PaddingKind::explicit_zeros) {
    span.pad_before = axis.zeros_before;
    span.pad_after = axis.zeros_after;
  }
  span.features = feature_extent(image, axis.kernel, axis.stride, axis.dilation, span.pad_before,
                                 span.pad_after);
  return span;
}

/// The images that have so many features are `stride` neighbouring sizes; this is the largest.
Index largest_image(const Axis& axis, Index features) {
  if (axis.padding == PaddingKind::same) return features * axis.stride;
  const bool zeros = axis.padding == PaddingKind::explicit_zeros;
  return image_extent(features, axis.kernel, axis.stride, axis.dilation,
                      zeros ? axis.zeros_before : 0, zeros ? axis.zeros_after : 0, axis.stride - 1);
}

/// Without output_padding: Keras's size for "same" and "valid", PyTorch's for explicit zeros.
/// With it: Keras's deconv_output_length, in which "same" stands for kernel / 2 zeros on each side.
Index default_image(const Axis& axis, Index features, std::optional<Index> output_padding) {
  const Index extra = output_padding.value_or(0);
  switch (axis.padding) {
    case PaddingKind::same:
      if (!output_padding) return features * axis.stride;
      return image_extent(features, axis.kernel, axis.stride, axis.dilation, axis.reach() / 2,
                          axis.reach() / 2, extra);
    case PaddingKind::valid:
      if (!output_padding)
        return features * axis.stride + std::max<Index>(axis.reach() - axis.stride, 0);
      return image_extent(features, axis.kernel, axis.stride, axis.dilation, 0, 0, extra);
    case PaddingKind::explicit_zeros:
      break;
  }
  return image_extent(features, axis.kernel, axis.stride, axis.dilation, axis.zeros_before,
                      axis.zeros_after, extra);
}

std::string possible_sizes(const Axis& axis, Index features) {
  const Index largest = largest_image(axis, features);
  const Index smallest = std::max<Index>(largest - axis.stride + 1, 1);
  if (largest < 1) return fmt::format("no {} has {} features", axis.name, features);
  if (smallest == largest) return fmt::format("the only possible {}: {}", axis.name, largest);
  if (largest - smallest == 1)
    return fmt::format("possible {}s: {}, {}", axis.name, smallest, largest);
  return fmt::format("possible {}s: {} to {}", axis.name, smallest, largest);
}

Span span_of_features(const Axis& axis, Index features, std::optional<Index> output_padding,
                      std::optional<Index> image_size) {
  if (output_padding && (*output_padding < 0 || *output_padding >= axis.stride))
    throw InputError(
        "output_padding along the {} is {}: expected 0 or more and less than the stride {}",
        axis.name, *output_padding, axis.stride);
  const Index image = image_size ? *image_size : default_image(axis, features, output_padding);
  if (image < 1)
    throw InputError(
        "the output of {} features along the {} would have size {}: take less padding (now {} and "
        "{}) or a larger kernel (now {})",
        features, axis.name, image, axis.zeros_before, axis.zeros_after, axis.kernel);
  const Span span = span_of_image(axis, image);
  if (span.features != features)
    throw InputError("an image of {} {} has {} features, not {}; {}{}", axis.name, image,
                     std::max<Index>(span.features, 0), features, possible_sizes(axis, features),
                     output_padding ? "; choose another output_padding or leave it out" : "");
  return span;
}

/// Far above all that can be computed, and products of two of them are far below what overflows.
constexpr Index kMost = Index{1} << 30;

void require_positive(std::string_view what, Index value) {
  if (value < 1) throw InputError("{} must be at least 1, got {}", what, value);
  if (value > kMost) throw InputError("{} must be at most {}, got {}", what, kMost, value);
}

void require_positive(std::string_view what, Index h, Index w) {
  if (h < 1 || w < 1) throw InputError("{} must be at least 1x1, got {}x{}", what, h, w);
  if (h > kMost || w > kMost)
    throw InputError("{} must be at most {}x{}, got {}x{}", what, kMost, kMost, h, w);
}

void check_spec(const ConvSpec& spec) {
  require_positive("kernel_size", spec.kernel.h, spec.kernel.w);
  require_positive("strides", spec.stride.h, spec.stride.w);
  require_positive("dilation_rate", spec.dilation.h, spec.dilation.w);
  require_positive("groups", spec.groups);
  const Padding& zeros = spec.padding.zeros;
  const auto [least, most] = std::minmax({zeros.top, zeros.bottom, zeros.left, zeros.right});
  if (least < 0 || most > kMost)
    throw InputError("padding must {}, got [[{}, {}], [{}, {}]]",
                     least < 0 ? "not be negative" : fmt::format("be at most {}", kMost), zeros.top,
                     zeros.bottom, zeros.left, zeros.right);
}

ConvGeometry assemble(const ConvSpec& spec, const Span& rows, const Span& columns,
                      Index image_channels, Index feature_channels) {
  return {.image = {rows.image, columns.image, image_channels},
          .features = {rows.features, columns.features, feature_channels},
          .kernel = spec.kernel,
          .stride = spec.stride,
          .dilation = spec.dilation,
          .groups = spec.groups,
          .padding = {.top = rows.pad_before,
                      .bottom = rows.pad_after,
                      .left = columns.pad_before,
                      .right = columns.pad_after}};
}

void check_channels(const ConvSpec& spec, Index input_channels, Index filters) {
  require_positive("the number of input channels", input_channels);
  require_positive("filters", filters);
  if (input_channels % spec.groups != 0 || filters % spec.groups != 0)
    throw InputError("groups = {} must divide both the {} input channels and the {} filters",
                     spec.groups, input_channels, filters);
}

}  // namespace

Index feature_extent(Index image, Index kernel, Index stride, Index dilation, Index pad_before,
                     Index pad_after) {
  const Index room = image + pad_before + pad_after - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

Index image_extent(Index features, Index kernel, Index stride, Index dilation, Index pad_before,
                   Index pad_after, Index output_padding) {
  return (features - 1) * stride + dilation * (kernel - 1) + 1 - pad_before - pad_after +
         output_padding;
}

ConvGeometry ConvGeometry::from_image(const ConvSpec& spec, const Plane& image, Index filters) {
  check_spec(spec);
  check_channels(spec, image.channels, filters);
  require_positive("the image's height x width", image.h, image.w);
  const Span rows = span_of_image(vertical(spec), image.h);
  const Span columns = span_of_image(horizontal(spec), image.w);
  if (rows.features < 1 || columns.features < 1)
    throw InputError(
        "a kernel that spans {}x{} does not fit into an image of {}x{} with padding {} {} {} {}; "
        "take a smaller kernel_size or dilation_rate, or padding = \"same\"",
        vertical(spec).reach(), horizontal(spec).reach(), image.h, image.w, rows.pad_before,
        rows.pad_after, columns.pad_before, columns.pad_after);
  return assemble(spec, rows, columns, image.channels, filters);
}

ConvGeometry ConvGeometry::from_features(const ConvSpec& spec, const Plane& features, Index filters,
                                         std::optional<Extent2> output_padding,
                                         std::optional<Extent2> image_size) {
  check_spec(spec);
  check_channels(spec, features.channels, filters);
  require_positive("the features' height x width", features.h, features.w);
  if (output_padding && image_size)
    throw InputError("output_padding and output_like both choose the output's size: give one");
  const auto along = [](const std::optional<Extent2>& pair, Index Extent2::*axis) {
    return pair ? std::optional<Index>((*pair).*axis) : std::nullopt;
  };
  const Span rows = span_of_features(vertical(spec), features.h, along(output_padding, &Extent2::h),
                                     along(image_size, &Extent2::h));
  const Span columns =
      span_of_features(horizontal(spec), features.w, along(output_padding, &Extent2::w),
                       along(image_size, &Extent2::w));
  return assemble(spec, rows, columns, filters, features.channels);
}

Shape ConvGeometry::kernel_shape() const {
  return {kernel.h, kernel.w, image_channels_per_group(), features.channels};
}

Index ConvGeometry::multiply_adds() const {
  return Shape{features.h, features.w, kernel_shape().size()}.size();
}

bool ConvGeometry::is_pointwise() const {
  return kernel == Extent2{1, 1} && stride == Extent2{1, 1} && padding == Padding{};
}

ConvGeometry turned(const ConvGeometry& geometry) {
  ConvGeometry turned = geometry;
  std::swap(turned.image, turned.features);
  const Index rows = geometry.dilation.h * (geometry.kernel.h - 1),
              columns = geometry.dilation.w * (geometry.kernel.w - 1);
  turned.padding = {.top = rows - geometry.padding.top,
                    .bottom = rows - geometry.padding.bottom,
                    .left = columns - geometry.padding.left,
                    .right = columns - geometry.padding.right};
  return turned;
}

std::string to_string(const ConvGeometry& g) {
  std::string text = fmt::format("{} -> {}, kernel {}x{}, stride {}x{}, padding {} {} {} {}",
                                 to_string(g.image.shape()), to_string(g.features.shape()),
                                 g.kernel.h, g.kernel.w, g.stride.h, g.stride.w, g.padding.top,
                                 g.padding.bottom, g.padding.left, g.padding.right);
  if (g.dilation != Extent2{}) text += fmt::format(", dilation {}x{}", g.dilation.h, g.dilation.w);
  if (g.groups != 1) text += fmt::format(", groups {}", g.groups);
  return text;
}

}  // namespace adjoint
