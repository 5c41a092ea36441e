#include "models/layer_table.hpp"

#include <array>

#include "framework/layers/activation.hpp"
#include "framework/layers/activity_regularization.hpp"
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
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/merge.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/sampling.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "models/activation_spec.hpp"
#include "models/keras/keras_arguments.hpp"

namespace adjoint {
namespace {

using Json = KerasJson;
using enum LayerFamily::Inputs;

template <class Type, class Settings = typename Type::Settings>
constexpr Kind<LayerFamily> layer(std::string_view name, std::string_view doc,
                                  const LayerFamily::Traits& traits) {
  return Kind<LayerFamily>::of_class<Type, Settings>(name, doc, traits);
}
template <class Type>
constexpr Kind<LayerFamily> plain(std::string_view name, std::string_view doc,
                                  const LayerFamily::Traits& traits) {
  return layer<Type, NoSettings>(name, doc, traits);
}

/// Keras's arguments, by add(settings, config) or add(settings, config, layer).
template <class Type, class Add>
constexpr auto arguments(Add /*add*/) {
  return [](const KerasLayer& layer, Json& config) {
    const auto& settings = dynamic_cast<const Type&>(layer.layer).settings();
    if constexpr (std::is_invocable_v<Add, decltype(settings), Json&, const KerasLayer&>)
      Add()(settings, config, layer);
    else
      Add()(settings, config);
  };
}
constexpr auto kNoArguments = [](const KerasLayer&, Json&) {};
constexpr auto kPooling = arguments<Pooling2D>([](const auto& s, Json& config) {
  config["pool_size"] = keras::pair(s.pool_size);
  config["padding"] = keras::padding_name(s.padding);
  config["strides"] = keras::pair(s.strides.value_or(s.pool_size));
  config["data_format"] = keras::kLayout;
});

// Keras's arguments and defaults: keras/layers of Keras 2.15, get_config().
constexpr std::array kLayers{
    layer<Conv2D>("Conv2D", "convolution",
                  {.keras = arguments<Conv2D>([](const auto& s, Json& config, auto& use) {
                     keras::add_convolution(config, use, s);
                   })}),
    layer<Conv2DTranspose>(
        "Conv2DTranspose", "transposed convolution, the adjoint of Conv2D",
        {.ties = true,
         .keras = arguments<Conv2DTranspose>([](const auto& s, Json& config, auto& use) {
           if (s.groups != 1) throw NotInKeras{"groups of a transposed convolution"};
           keras::add_convolution(config, use, s);
           if (use.version == KerasVersion::three) config.erase("groups");  // it knows none
           const ConvGeometry geometry =
               dynamic_cast<const Conv2DTranspose&>(use.layer).geometry(use.shapes);
           if (s.padding.kind == PaddingRule::Kind::explicit_zeros)
             keras::crop_behind(config, use, geometry);
           else
             config["output_padding"] =
                 keras::output_padding(geometry, s.padding.kind == PaddingRule::Kind::same);
         })}),
    layer<DepthwiseConv2D>(
        "DepthwiseConv2D", "convolution of each channel separately",
        {.keras = arguments<DepthwiseConv2D>([](const auto& s, Json& config, auto& use) {
           keras::add_depthwise(config, use, s);
           keras::add_kernels_and_bias(config, use, s.use_bias, {"depthwise"});
         })}),
    layer<SeparableConv2D>(
        "SeparableConv2D", "depthwise convolution, then one of 1x1",
        {.keras = arguments<SeparableConv2D>([](const auto& s, Json& config, auto& use) {
           config["filters"] = s.filters;
           keras::add_depthwise(config, use, s);
           keras::add_kernels_and_bias(config, use, s.use_bias, {"depthwise", "pointwise"});
         })}),
    layer<Dense>("Dense", "matrix product with the last axis",
                 {.keras = arguments<Dense>([](const auto& s, Json& config, auto& use) {
                    config["units"] = s.units;
                    keras::add_kernels_and_bias(config, use, s.use_bias, {"kernel"}, s.weights);
                  })}),
    plain<Flatten>(
        "Flatten", "an image as one vector",
        {.keras = [](const KerasLayer&, Json& config) { config["data_format"] = keras::kLayout; }}),
    layer<Reshape>("Reshape", "the same values in another shape",
                   {.keras = arguments<Reshape>([](const auto& s, Json& config) {
                      config["target_shape"] = keras::extents(s.target_shape);
                    })}),
    layer<MaxPooling2D>("MaxPooling2D", "the maximum of each window", {.keras = kPooling}),
    layer<AveragePooling2D>("AveragePooling2D", "the mean of each window", {.keras = kPooling}),
    layer<GlobalAveragePooling2D>(
        "GlobalAveragePooling2D", "the mean of each channel",
        {.keras = arguments<GlobalAveragePooling2D>([](const auto& s, Json& config) {
           config["data_format"] = keras::kLayout;
           config["keepdims"] = s.keepdims;
         })}),
    layer<GlobalMaxPooling2D>(
        "GlobalMaxPooling2D", "the maximum of each channel",
        {.keras = arguments<GlobalMaxPooling2D>([](const auto& s, Json& config) {
           config["data_format"] = keras::kLayout;
           config["keepdims"] = s.keepdims;
         })}),
    layer<UpSampling2D>("UpSampling2D", "enlarges an image by whole factors",
                        {.keras = arguments<UpSampling2D>([](const auto& s, Json& config) {
                           config["size"] = keras::pair(s.size);
                           config["data_format"] = keras::kLayout;
                           config["interpolation"] = name_of(s.interpolation);
                         })}),
    layer<DepthToSpace>("DepthToSpace", "channels become blocks of pixels (pixel shuffle)",
                        {.not_in_keras = "TensorFlow has it as a function, not as a layer"}),
    layer<SpaceToDepth>("SpaceToDepth", "blocks of pixels become channels (pixel unshuffle)",
                        {.not_in_keras = "TensorFlow has it as a function, not as a layer"}),
    layer<ZeroPadding2D>("ZeroPadding2D", "adds rows and columns around an image",
                         {.keras = arguments<ZeroPadding2D>([](const auto& s, Json& config) {
                            if (s.mode != Border::constant)
                              throw NotInKeras{"padding with mode = \"" +
                                               std::string(name_of(s.mode)) + "\""};
                            config["padding"] = keras::sides(s.padding);
                            config["data_format"] = keras::kLayout;
                          })}),
    layer<Cropping2D>("Cropping2D", "cuts rows and columns off",
                      {.keras = arguments<Cropping2D>([](const auto& s, Json& config) {
                         config["cropping"] = keras::sides(s.cropping);
                         config["data_format"] = keras::kLayout;
                       })}),
    layer<BatchNormalization>(
        "BatchNormalization", "normalizes each channel over the batch",
        {.keras = arguments<BatchNormalization>([](const auto& s, Json& config) {
           config["axis"] = -1;
           config["momentum"] = s.momentum;
           keras::add_normalization(config, s);
           config["moving_mean_initializer"] = keras::initializer(Initializer::Kind::zeros);
           config["moving_variance_initializer"] = keras::initializer(Initializer::Kind::ones);
         })}),
    layer<Rescaling>("Rescaling", "scale * x + offset",
                     {.keras = arguments<Rescaling>([](const auto& s, Json& config) {
                        config["scale"] = s.scale;
                        config["offset"] = s.offset;
                      })}),
    plain<Add>("Add", "the sum of its inputs", {.inputs = many, .keras = kNoArguments}),
    plain<Subtract>("Subtract", "the first input minus the second",
                    {.inputs = two, .keras = kNoArguments}),
    plain<Multiply>("Multiply", "the product of its inputs",
                    {.inputs = many, .keras = kNoArguments}),
    plain<Average>("Average", "the mean of its inputs", {.inputs = many, .keras = kNoArguments}),
    plain<Maximum>("Maximum", "the maximum of its inputs", {.inputs = many, .keras = kNoArguments}),
    layer<Concatenate>("Concatenate", "joins its inputs along one axis",
                       {.inputs = many,
                        .keras = arguments<Concatenate>(
                            [](const auto& s, Json& config) { config["axis"] = s.axis; })}),
    layer<Dropout>("Dropout", "zeroes values at random in training",
                   {.keras = arguments<Dropout>([](const auto& s, Json& config) {
                      config["rate"] = s.rate;
                      keras::add_nulls(config, {"noise_shape", "seed"});
                    })}),
    layer<ActivationLayer, ActivationSettings>(
        "Activation", "an activation function",
        {.activates = false,
         .not_in_keras = "keras_config.cpp writes Activation, LeakyReLU or ELU for it"}),
    layer<PReLU>("PReLU", "a ReLU that learns its slope below 0",
                 {.keras = arguments<PReLU>([](const auto& s, Json& config) {
                    config["alpha_initializer"] = keras::initializer(s.alpha_initializer);
                    config["alpha_regularizer"] = keras::regularizer(s.alpha_regularizer);
                    config["alpha_constraint"] = nullptr;
                    config["shared_axes"] =
                        s.shared_axes.empty() ? Json(nullptr) : keras::extents(s.shared_axes);
                  })}),
    layer<GroupNormalization>("GroupNormalization", "normalizes groups of channels of each image",
                              {.keras =
                                   arguments<GroupNormalization>([](const auto& s, Json& config) {
                                     config["groups"] = s.groups;
                                     config["axis"] = -1;
                                     keras::add_normalization(config, s);
                                   })}),
    layer<LayerNormalization>("LayerNormalization", "normalizes each sample over some axes",
                              {.keras =
                                   arguments<LayerNormalization>([](const auto& s, Json& config) {
                                     config["axis"] = keras::extents(s.axis.list);
                                     keras::add_normalization(config, s);
                                   })}),
    layer<SpatialDropout2D>("SpatialDropout2D", "zeroes whole channels at random in training",
                            {.keras = arguments<SpatialDropout2D>(
                                 [](const auto& s, Json& config, auto& use) {
                                   config["rate"] = s.rate;
                                   keras::add_nulls(config, {"seed"});
                                   if (use.version == KerasVersion::two)
                                     keras::add_nulls(config, {"noise_shape"});
                                   config["data_format"] = keras::kLayout;
                                 })}),
    layer<GaussianNoiseLayer>(
        "GaussianNoise", "adds noise in training",
        {.keras = arguments<GaussianNoiseLayer>([](const auto& s, Json& config) {
           config["stddev"] = s.stddev;
           config["seed"] = nullptr;
         })}),
    layer<ActivityRegularization>(
        "ActivityRegularization",
        "adds a penalty on its input to the loss",
        {.penalizes = false,
         .keras = arguments<ActivityRegularization>([](const auto& s, Json& config) {
           config["l1"] = s.l1;
           config["l2"] = s.l2;
         })}),
    layer<Sampling>("Sampling", "a random code of a mean and a log variance, as VAEs use it",
                    {.inputs = two,
                     .not_in_keras = "in Keras's examples every VAE writes its own"}),
};

}  // namespace

std::span<const Kind<LayerFamily>> LayerFamily::kinds() {
  return kLayers;
}

}  // namespace adjoint
