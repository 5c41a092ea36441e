#pragma once

// How Keras's layers are given what several of them take: for the rows of layer_table.cpp.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/layers/convolution_layer.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "models/layer_table.hpp"

namespace adjoint {

/// Why Keras has no such model: "Keras has no " + reason.
struct NotInKeras {
  std::string reason;
};

namespace keras {

inline constexpr const char* kLayout = "channels_last";

KerasJson pair(const Extent2& extent);
KerasJson extents(const Shape& shape);
/// [[top, bottom], [left, right]].
KerasJson sides(const Padding& padding);
KerasJson initializer(const Initializer& initializer);
/// Null for one that is 0.
KerasJson regularizer(const Regularizer& regularizer);
/// "same" or "valid".
std::string padding_name(const PaddingRule& padding);
/// The output_padding with which Keras gives this image; null where it is Keras's default size.
KerasJson output_padding(const ConvGeometry& geometry, bool is_same);

/// Sets the output_padding of a transposed convolution with explicit padding, which Keras lacks,
/// and the Cropping2D that cuts its larger image to ours.
void crop_behind(KerasJson& config, const KerasLayer& layer, const ConvGeometry& geometry);

/// True for an activation with an argument, to which Keras gives a layer: LeakyReLU, ELU.
bool has_class(const Activation& activation);
/// Keras's name of the activation function.
std::string_view activation(const Activation& activation, KerasVersion version);

void add_nulls(KerasJson& config, std::initializer_list<const char*> keys);
/// `kernels` are what the names of their arguments begin with.
void add_kernels_and_bias(KerasJson& config, const KerasLayer& layer, bool use_bias,
                          const std::vector<std::string>& kernels,
                          const WeightSettings& weights = {});
void add_convolution(KerasJson& config, const KerasLayer& layer,
                     const ConvolutionLayer::Settings& settings);
/// Adds the arguments common to DepthwiseConv2D and SeparableConv2D.
void add_depthwise(KerasJson& config, const KerasLayer& layer,
                   const DepthwiseConv2D::Settings& settings);

/// Adds the arguments common to Keras's normalization layers.
template <class Settings>
void add_normalization(KerasJson& config, const Settings& s) {
  config["epsilon"] = s.epsilon;
  config["center"] = s.center;
  config["scale"] = s.scale;
  config["beta_initializer"] = initializer(Initializer::Kind::zeros);
  config["gamma_initializer"] = initializer(Initializer::Kind::ones);
  add_nulls(config,
            {"beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"});
}

}  // namespace keras
}  // namespace adjoint
