#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// A vertical and a horizontal number: kernel size, stride, dilation.
struct Extent2 {
  Index h = 1;
  Index w = 1;
  bool operator==(const Extent2&) const = default;
};

/// Rows and columns of zeros around the image side.
struct Padding {
  Index top = 0;
  Index bottom = 0;
  Index left = 0;
  Index right = 0;
  bool operator==(const Padding&) const = default;
};

/// Padding as a config states it: "valid", "same" (as TensorFlow means them) or explicit zeros.
struct PaddingRule {
  enum class Kind { valid, same, explicit_zeros } kind = Kind::valid;
  Padding zeros{};  // for explicit_zeros
  bool operator==(const PaddingRule&) const = default;
};

/// Settings of a convolution, before any size is known.
struct ConvSpec {
  Extent2 kernel{};
  Extent2 stride{};
  Extent2 dilation{};
  Index groups = 1;
  PaddingRule padding{};
};

/// Height, width and channels of one side of a convolution.
struct Plane {
  Index h = 0;
  Index w = 0;
  Index channels = 0;
  bool operator==(const Plane&) const = default;
  Shape shape() const { return {h, w, channels}; }
};

/// One convolution between its image side and its feature side. The two words never turn round: a
/// Conv2D walks from image to features, a Conv2DTranspose from features to image, over the same
/// geometry.
///
///     features = floor((image + pad_before + pad_after - dilation*(kernel-1) - 1) / stride) + 1
///     image    = (features-1)*stride + dilation*(kernel-1) + 1
///                - pad_before - pad_after + output_padding
///
/// Source: Dumoulin & Visin, arXiv:1603.07285, relationships 6 and 14, with dilation added.
struct ConvGeometry {
  Plane image{};
  Plane features{};
  Extent2 kernel{};
  Extent2 stride{};
  Extent2 dilation{};
  Index groups = 1;
  Padding padding{};

  /// The geometry that a Conv2D with `filters` output channels walks over this image.
  /// Throws InputError if the kernel does not fit, or groups do not divide both channel counts.
  static ConvGeometry from_image(const ConvSpec& spec, const Plane& image, Index filters);

  /// The geometry that a Conv2DTranspose with `filters` output channels walks over these features.
  /// The image size is the one that `output_padding` picks (unset: Keras's default, stride *
  /// features for "same", and at least that for "valid"), or `image_size` where given
  /// (output_like). Throws InputError if output_padding is not in [0, stride), no image of that
  /// size has these features, or a size is < 1.
  static ConvGeometry from_features(const ConvSpec& spec, const Plane& features, Index filters,
                                    std::optional<Extent2> output_padding = {},
                                    std::optional<Extent2> image_size = {});

  /// (kernel height, kernel width, image channels / groups, feature channels).
  Shape kernel_shape() const;
  Index image_channels_per_group() const { return image.channels / groups; }
  Index feature_channels_per_group() const { return features.channels / groups; }
  /// Multiply-adds of each of the three products for one image, padding counted as done.
  Index multiply_adds() const;
  /// 1x1 kernel, stride 1, no padding: the convolution is a matrix product as it stands.
  bool is_pointwise() const;
  bool operator==(const ConvGeometry&) const = default;
};

/// The transpose of a convolution with stride 1 is a convolution too: from the features to the
/// image, with the kernel's rows and columns in reverse order, the channel axes of each group
/// exchanged, and dilation * (kernel - 1) - padding zeros around, which may be fewer than none.
ConvGeometry turned(const ConvGeometry& geometry);

/// "4x4x1 -> 2x2x8, kernel 3x3, stride 1x1, padding 0 0 0 0", for messages.
std::string to_string(const ConvGeometry& geometry);

/// Size of the feature side along one axis; < 1 if the kernel does not fit.
Index feature_extent(Index image, Index kernel, Index stride, Index dilation, Index pad_before,
                     Index pad_after);
/// Size of the image side along one axis.
Index image_extent(Index features, Index kernel, Index stride, Index dilation, Index pad_before,
                   Index pad_after, Index output_padding);

}  // namespace adjoint
