#pragma once

// Every layer in the settings that its backward pass is checked in: by test_gradients.cpp in
// double, and that no layer is missing by tests/models/test_layer_table.cpp.

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

namespace adjoint {

struct GradientCase {
  std::string name;
  std::shared_ptr<const Layer> layer;
  LayerShapes shapes;
};
inline void PrintTo(const GradientCase& c, std::ostream* out) {
  *out << c.layer->type() << " " << c.name;
}

inline PaddingRule same() {
  return {.kind = PaddingRule::Kind::same};
}
inline PaddingRule zeros(const Padding& padding) {
  return {.kind = PaddingRule::Kind::explicit_zeros, .zeros = padding};
}

template <class T>
GradientCase make(std::string name, const T& layer, const LayerShapes& shapes) {
  return {std::move(name), std::make_shared<T>(layer), shapes};
}

inline std::vector<GradientCase> gradient_cases() {
  const LayerShapes image{.inputs = {{6, 5, 4}}};
  const LayerShapes small{.inputs = {{3, 4, 4}}};
  SeparableConv2D::Settings separable;
  separable.kernel_size = {2, 3};
  separable.padding = same();
  separable.filters = 3;
  SeparableConv2D::Settings separable_strided = separable;
  separable_strided.strides = {2, 2};
  separable_strided.depth_multiplier = 2;
  separable_strided.use_bias = false;
  std::vector<GradientCase> cases{
      make("Conv2DValid", Conv2D({.filters = 3, .kernel_size = {3, 2}}), image),
      make("Conv2DSameStrided",
           Conv2D({.filters = 3, .kernel_size = {3, 4}, .strides = {2, 3}, .padding = same()}),
           image),
      make("Conv2DGroups",
           Conv2D({.filters = 6, .kernel_size = {3, 3}, .padding = same(), .groups = 2}), image),
      make("Conv2DDepthwise",
           Conv2D({.filters = 4, .kernel_size = {2, 3}, .padding = same(), .groups = 4}), image),
      make("Conv2DDilated",
           Conv2D({.filters = 2,
                   .kernel_size = {2, 3},
                   .padding = zeros({2, 1, 0, 3}),
                   .dilation_rate = {3, 2}}),
           image),
      make("Conv2DPointwise", Conv2D({.filters = 5, .kernel_size = {1, 1}}), image),
      make("Conv2DKernelBelowStride",
           Conv2D({.filters = 2, .kernel_size = {1, 2}, .strides = {3, 3}, .padding = same()}),
           image),
      make("Conv2DWithoutBias", Conv2D({.filters = 3, .kernel_size = {2, 2}, .use_bias = false}),
           image),
      make("Conv2DTransposeValid",
           Conv2DTranspose({.filters = 3, .kernel_size = {3, 2}, .strides = {2, 1}}), small),
      make("Conv2DTransposeSame",
           Conv2DTranspose(
               {.filters = 2, .kernel_size = {3, 4}, .strides = {2, 3}, .padding = same()}),
           small),
      make("Conv2DTransposeGroups",
           Conv2DTranspose({.filters = 6,
                            .kernel_size = {3, 3},
                            .strides = {2, 2},
                            .padding = same(),
                            .groups = 2}),
           small),
      make("Conv2DTransposeDilatedExplicit",
           Conv2DTranspose({.filters = 2,
                            .kernel_size = {3, 2},
                            .strides = {1, 2},
                            .padding = zeros({1, 0, 2, 1}),
                            .dilation_rate = {2, 3}}),
           small),
      make("Conv2DTransposeOutputPadding",
           Conv2DTranspose({.filters = 3,
                            .kernel_size = {3, 3},
                            .strides = {2, 3},
                            .padding = zeros({1, 1, 1, 1}),
                            .output_padding = Extent2{1, 2}}),
           small),
      make("Conv2DTransposeOutputLike",
           Conv2DTranspose(
               {.filters = 3, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = same()}),
           {.inputs = {{3, 4, 4}}, .output_like = Shape{5, 7, 9}}),
      make("Conv2DTransposeKernelBelowStride",
           Conv2DTranspose({.filters = 2, .kernel_size = {1, 2}, .strides = {3, 3}}), small),
      make("Conv2DTransposeWithoutBias",
           Conv2DTranspose({.filters = 3, .kernel_size = {2, 2}, .use_bias = false}), small),
      make("DepthwiseConv2D", DepthwiseConv2D({.padding = same()}), image),
      make("DepthwiseConv2DTwice",
           DepthwiseConv2D({.kernel_size = {3, 2}, .strides = {2, 1}, .depth_multiplier = 2}),
           image),
      make("DepthwiseConv2DDilatedWithoutBias",
           DepthwiseConv2D({.kernel_size = {2, 2},
                            .padding = zeros({1, 0, 2, 1}),
                            .dilation_rate = {2, 3},
                            .use_bias = false}),
           image),
      make("SeparableConv2D", SeparableConv2D(separable), image),
      make("SeparableConv2DStridedWithoutBias", SeparableConv2D(separable_strided), image),
      make("DenseOnVectors", Dense({.units = 4}), {.inputs = {{7}}}),
      make("DenseOnImages", Dense({.units = 3}), image),
      make("DenseToOneUnit", Dense({.units = 1}), {.inputs = {{7}}}),
      make("DenseWithoutBias", Dense({.units = 3, .use_bias = false}), {.inputs = {{5}}}),
      make("Flatten", Flatten(), image),
      make("Reshape", Reshape({.target_shape = {2, -1, 10}}), image),
      make("MaxPooling2D", MaxPooling2D({}), image),
      make("MaxPooling2DSame", MaxPooling2D({.padding = same()}), image),
      make("MaxPooling2DOverlapping",
           MaxPooling2D({.pool_size = {3, 2}, .strides = Extent2{1, 1}, .padding = same()}), image),
      make("MaxPooling2DWithGaps", MaxPooling2D({.pool_size = {1, 2}, .strides = Extent2{2, 3}}),
           image),
      make("AveragePooling2D", AveragePooling2D({}), image),
      make("AveragePooling2DSame", AveragePooling2D({.padding = same()}), image),
      make("AveragePooling2DOverlapping",
           AveragePooling2D({.pool_size = {3, 2}, .strides = Extent2{1, 1}, .padding = same()}),
           image),
      make("ZeroPadding2D", ZeroPadding2D({.padding = {1, 2, 0, 3}}), small),
      make("ZeroPadding2DReflect",
           ZeroPadding2D({.padding = {2, 1, 3, 2}, .mode = Border::reflect}), small),
      make("ZeroPadding2DSymmetric",
           ZeroPadding2D({.padding = {3, 1, 0, 4}, .mode = Border::symmetric}), small),
      make("ZeroPadding2DReplicate",
           ZeroPadding2D({.padding = {5, 1, 2, 0}, .mode = Border::replicate}), small),
      make("Cropping2D", Cropping2D({.cropping = {1, 0, 2, 1}}), image),
      make("DepthToSpace", DepthToSpace({.block_size = 2}), image),
      make("SpaceToDepth", SpaceToDepth({.block_size = 2}), {.inputs = {{4, 6, 3}}}),
      make("GlobalAveragePooling2D", GlobalAveragePooling2D({}), image),
      make("GlobalMaxPooling2D", GlobalMaxPooling2D({}), image),
      make("GlobalAveragePooling2DKeepdims", GlobalAveragePooling2D({.keepdims = true}), image),
      make("UpSampling2DNearest", UpSampling2D({.size = {2, 3}}), small),
      make("UpSampling2DBilinear",
           UpSampling2D({.size = {3, 2}, .interpolation = NewPixels::bilinear}), small),
      make("UpSampling2DBicubic",
           UpSampling2D({.size = {2, 3}, .interpolation = NewPixels::bicubic}), small),
      make("BatchNormalization", BatchNormalization({}), small),
      make("BatchNormalizationOnVectors", BatchNormalization({}), {.inputs = {{5}}}),
      make("BatchNormalizationWithoutCenter", BatchNormalization({.center = false}), small),
      make("BatchNormalizationWithoutScale", BatchNormalization({.scale = false}), small),
      make("BatchNormalizationWithNeither", BatchNormalization({.center = false, .scale = false}),
           small),
      make("AddOfTwo", Add(), {.inputs = {{3, 4, 2}, {3, 4, 2}}}),
      make("AddOfThree", Add(), {.inputs = {{5}, {5}, {5}}}),
      make("Subtract", Subtract(), {.inputs = {{3, 4, 2}, {3, 4, 2}}}),
      make("MultiplyTwo", Multiply(), {.inputs = {{3, 4, 2}, {3, 4, 2}}}),
      make("MultiplyThree", Multiply(), {.inputs = {{5}, {5}, {5}}}),
      make("AverageOfThree", Average(), {.inputs = {{5}, {5}, {5}}}),
      make("MaximumOfTwo", Maximum(), {.inputs = {{3, 4, 2}, {3, 4, 2}}}),
      make("MaximumOfThree", Maximum(), {.inputs = {{7}, {7}, {7}}}),
      make("Rescaling", Rescaling({.scale = -1.5, .offset = 0.25}), small),
      make("ConcatenateChannels", Concatenate({}), {.inputs = {{3, 4, 2}, {3, 4, 1}, {3, 4, 3}}}),
      make("ConcatenateRows", Concatenate({.axis = 1}), {.inputs = {{3, 4, 2}, {1, 4, 2}}}),
      make("ConcatenateColumns", Concatenate({.axis = -2}), {.inputs = {{3, 4, 2}, {3, 2, 2}}}),
      make("Dropout", Dropout({.rate = 0.4}), small),
      make("SpatialDropout2D", SpatialDropout2D({.rate = 0.4}), small),
      make("GaussianNoise", GaussianNoiseLayer({}), small),
      make("GroupNormalization", GroupNormalization({.groups = 2}), small),
      make("GroupNormalizationOfOneGroup", GroupNormalization({.groups = 1, .scale = false}),
           small),
      make("GroupNormalizationOfEachChannel", GroupNormalization({.groups = -1, .center = false}),
           small),
      make("GroupNormalizationOfManyChannels", GroupNormalization({.groups = 2}),
           {.inputs = {{1, 1, 516}}}),
      make("LayerNormalization", LayerNormalization({}), small),
      make("LayerNormalizationOfImages", LayerNormalization({.axis = {{1, 2, 3}}}), small),
      make("LayerNormalizationOfRows",
           LayerNormalization({.axis = {{-1, 2}}, .center = false, .scale = false}), small),
      make("PReLU", PReLU({}), small),
      make("PReLUShared", PReLU({.shared_axes = {1, 2}}), small),
      make("PReLUSharedRows", PReLU({.shared_axes = {1, 3}}), small),
      make("ActivityRegularization", ActivityRegularization({}), small),
      make("Sampling", Sampling({.beta = 0}), {.inputs = {{3, 4, 2}, {3, 4, 2}}}),
  };
  for (const std::string& name : activation_names()) {
    cases.push_back(
        make("Activation_" + name,
             ActivationLayer({.kind = activation_kind(name), .negative_slope = 0.3, .alpha = 0.7}),
             small));
  }
  cases.push_back(make("ActivationApproximateGelu",
                       ActivationLayer({.kind = Activation::Kind::gelu, .approximate = true}),
                       small));
  return cases;
}

}  // namespace adjoint
