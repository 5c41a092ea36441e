#include "models/layer_table.hpp"

#include <algorithm>
#include <array>

#include "framework/layers/activation.hpp"
#include "framework/layers/activity_regularization.hpp"
#include "framework/layers/add.hpp"
#include "framework/layers/average.hpp"
#include "framework/layers/average_pooling2d.hpp"
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
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/maximum.hpp"
#include "framework/layers/multiply.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/sampling.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/spatial_dropout2d.hpp"
#include "framework/layers/subtract.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "models/activation_spec.hpp"

namespace adjoint {
namespace {

using Inputs = LayerType::Inputs;

/// A layer made from settings.
template <class L, class Settings = typename L::Settings>
constexpr LayerType with_settings(std::string_view name, Inputs inputs = Inputs::one) {
  return {name, inputs, [] { return std::any(Settings{}); },
          [](std::any& settings, Keys& key) { std::any_cast<Settings&>(settings).keys(key); },
          [](const std::any& settings) -> std::shared_ptr<const Layer> {
            return std::make_shared<const L>(std::any_cast<const Settings&>(settings));
          }};
}

/// A layer that has none.
template <class L>
constexpr LayerType plain(std::string_view name, Inputs inputs = Inputs::one) {
  return {
      name, inputs, [] { return std::any(); }, [](std::any&, Keys&) {},
      [](const std::any&) -> std::shared_ptr<const Layer> { return std::make_shared<const L>(); }};
}

/// An Activation's only setting is the key that the other layers may have too.
struct ActivationSettings {
  ActivationSpec activation;
  void keys(Keys& key) {
    key.required("activation", activation, "activation function", known_activation());
  }
  operator Activation() const { return activation.activation(); }
};

constexpr std::array kLayerTypes{
    with_settings<Conv2D>("Conv2D"),
    with_settings<Conv2DTranspose>("Conv2DTranspose"),
    with_settings<DepthwiseConv2D>("DepthwiseConv2D"),
    with_settings<SeparableConv2D>("SeparableConv2D"),
    with_settings<Dense>("Dense"),
    plain<Flatten>("Flatten"),
    with_settings<Reshape>("Reshape"),
    with_settings<MaxPooling2D>("MaxPooling2D"),
    with_settings<AveragePooling2D>("AveragePooling2D"),
    with_settings<GlobalAveragePooling2D>("GlobalAveragePooling2D"),
    with_settings<UpSampling2D>("UpSampling2D"),
    with_settings<DepthToSpace>("DepthToSpace"),
    with_settings<ZeroPadding2D>("ZeroPadding2D"),
    with_settings<Cropping2D>("Cropping2D"),
    with_settings<BatchNormalization>("BatchNormalization"),
    with_settings<Rescaling>("Rescaling"),
    plain<Add>("Add", Inputs::many),
    plain<Subtract>("Subtract", Inputs::two),
    plain<Multiply>("Multiply", Inputs::many),
    plain<Average>("Average", Inputs::many),
    plain<Maximum>("Maximum", Inputs::many),
    with_settings<Concatenate>("Concatenate", Inputs::many),
    with_settings<Dropout>("Dropout"),
    with_settings<ActivationLayer, ActivationSettings>("Activation"),
    with_settings<PReLU>("PReLU"),
    with_settings<GroupNormalization>("GroupNormalization"),
    with_settings<LayerNormalization>("LayerNormalization"),
    with_settings<SpatialDropout2D>("SpatialDropout2D"),
    with_settings<GaussianNoiseLayer>("GaussianNoise"),
    with_settings<ActivityRegularization>("ActivityRegularization"),
    with_settings<Sampling>("Sampling", Inputs::two),
};

}  // namespace

std::span<const LayerType> layer_types() {
  return kLayerTypes;
}

const LayerType* find_layer_type(std::string_view name) {
  const auto* type = std::ranges::find(kLayerTypes, name, &LayerType::name);
  return type == kLayerTypes.end() ? nullptr : type;
}

std::vector<std::string> layer_type_names() {
  std::vector<std::string> names;
  for (const LayerType& type : kLayerTypes) names.emplace_back(type.name);
  return names;
}

}  // namespace adjoint
