#pragma once

// What the rows of torch_layer.cpp call: a writer for each type of layer, and what writers share.

#include <optional>
#include <string>
#include <string_view>

#include "framework/conv/geometry.hpp"
#include "models/pytorch/torch_layer.hpp"

namespace adjoint::torch_rows {

// torch_convolutions.cpp: convolutions and products.
TorchCode conv2d(const TorchUse& use);
TorchCode conv2d_transpose(const TorchUse& use);
TorchCode depthwise_conv2d(const TorchUse& use);
TorchCode separable_conv2d(const TorchUse& use);
TorchCode dense(const TorchUse& use);

// torch_images.cpp: what changes the size of images.
TorchCode reshape(const TorchUse& use);
TorchCode max_pooling2d(const TorchUse& use);
TorchCode average_pooling2d(const TorchUse& use);
TorchCode global_average_pooling2d(const TorchUse& use);
TorchCode global_max_pooling2d(const TorchUse& use);
TorchCode up_sampling2d(const TorchUse& use);
TorchCode depth_to_space(const TorchUse& use);
TorchCode space_to_depth(const TorchUse& use);
TorchCode zero_padding2d(const TorchUse& use);
TorchCode cropping2d(const TorchUse& use);

// torch_normalizations.cpp: normalizations.
TorchCode batch_normalization(const TorchUse& use);
TorchCode group_normalization(const TorchUse& use);
TorchCode layer_normalization(const TorchUse& use);

// torch_elementwise.cpp: what goes number by number, and what joins layers.
TorchCode prelu(const TorchUse& use);
TorchCode rescaling(const TorchUse& use);
TorchCode add(const TorchUse& use);
TorchCode subtract(const TorchUse& use);
TorchCode multiply(const TorchUse& use);
TorchCode average(const TorchUse& use);
TorchCode maximum(const TorchUse& use);
TorchCode concatenate(const TorchUse& use);
TorchCode dropout(const TorchUse& use);
TorchCode gaussian_noise(const TorchUse& use);
TorchCode sampling(const TorchUse& use);
TorchCode activation(const TorchUse& use);
TorchCode identity(const TorchUse& use);

// Python texts.

/// "3", or "(3, 5)" where height and width differ.
std::string pair(Extent2 pair);
/// "(3, 5)".
std::string tuple(Extent2 pair);
/// F.pad's order: the last axis first.
std::string sides(const Padding& padding);
std::string number(double value);
/// ", name=value".
std::string option(std::string_view name, const std::string& value);
/// A slice of images without these rows and columns; "" without any.
std::string cut(const Padding& by);
std::string channels_last(const std::string& x);
std::string channels_first(const std::string& x);
/// A module that works along the last axis, over images and other samples.
std::string along_channels(const TorchUse& use);

/// Padding before a window walks over an image.
struct WindowPadding {
  std::string option;  // of the module; "" for none
  std::string input;   // padded where the module cannot
};
/// `fill`: empty for zeros. A module takes at most `most` rows and columns.
WindowPadding pad_window(const TorchUse& use, TorchCode& code, const ConvGeometry& g,
                         const PaddingRule& rule, const std::string& fill, Extent2 most);
inline constexpr Extent2 kAnyPadding{Index{1} << 40, Index{1} << 40};

// Parameters.

template <class Type>
const auto& settings_of(const TorchUse& use) {
  return dynamic_cast<const Type&>(*use.node.layer).settings();
}
/// The node's n-th parameter.
Index position(const TorchUse& use, std::size_t n);
/// (kh, kw, C / groups, K) becomes (K, C / groups, kh, kw), for both directions of a convolution.
TensorLayout kernel_layout(const Shape& k);
/// The numbers of a vector of this order.
TensorLayout vector_layout(Index size, const std::optional<Shape>& order);
/// (in, out) becomes (out, in).
TensorLayout matrix_layout(Index in, Index out, const TorchUse& use);
/// weight and bias of a normalization, of which Adjoint may have neither, either or both.
void add_scale_and_shift(TorchCode& code, const TorchUse& use, bool scale, bool center,
                         const TensorLayout& layout);

}  // namespace adjoint::torch_rows
