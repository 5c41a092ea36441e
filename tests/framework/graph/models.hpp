#pragma once

// Small models that the tests of the graph run, and random batches for them.

#include "framework/graph/model.hpp"
#include "framework/layers/activation.hpp"
#include "framework/layers/activity_regularization.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/merge.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/sampling.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/up_sampling2d.hpp"

namespace adjoint {

using ActivationKind = Activation::Kind;

inline ConvolutionLayer::Settings halving(Index filters) {
  return {.filters = filters,
          .kernel_size = {3, 3},
          .strides = {2, 2},
          .padding = {.kind = PaddingRule::Kind::same}};
}
inline std::shared_ptr<const Layer> conv(Index filters) {
  return std::make_shared<Conv2D>(halving(filters));
}
inline std::shared_ptr<const Layer> transposed(Index filters) {
  return std::make_shared<Conv2DTranspose>(halving(filters));
}
inline std::shared_ptr<const Layer> pointwise(Index filters) {
  return std::make_shared<Conv2D>(
      ConvolutionLayer::Settings{.filters = filters, .kernel_size = {1, 1}});
}
template <class L>
std::shared_ptr<const Layer> layer(const typename L::Settings& settings) {
  return std::make_shared<L>(settings);
}

/// (12, 8, 2) -> code (3, 2, 6) -> (12, 8, 2), a chain.
inline Model plain_model() {
  Model model({12, 8, 2});
  model.add({.name = "enc1", .layer = conv(4), .activation = {ActivationKind::relu}});
  model.add({.name = "code", .layer = conv(6), .activation = {ActivationKind::relu}});
  model.add({.name = "dec1", .layer = transposed(4), .activation = {ActivationKind::relu}});
  model.add({.name = "dec2", .layer = transposed(2), .activation = {ActivationKind::sigmoid}});
  model.set_latent("code");
  model.initialize(1);
  return model;
}

/// The same with channels enough for every engine.
inline Model wide_model() {
  Model model({12, 8, 2});
  model.add({.name = "enc1", .layer = conv(16), .activation = {ActivationKind::relu}});
  model.add({.name = "code", .layer = conv(20), .activation = {ActivationKind::relu}});
  model.add({.name = "dec1", .layer = transposed(16), .activation = {ActivationKind::relu}});
  model.add({.name = "dec2", .layer = transposed(2), .activation = {ActivationKind::sigmoid}});
  model.set_latent("code");
  model.initialize(1);
  return model;
}

/// Every kind of edge: a value that three layers read, one layer that reads a value twice, tied
/// kernels, a concatenation, two batch normalizations, dropout, sizes taken back, and a sigmoid
/// that binary cross-entropy takes over.
inline Model tangled_model() {
  Model model({9, 7, 2});
  model.add({.name = "enc1", .layer = conv(4), .activation = {ActivationKind::tanh}});
  model.add({.name = "norm1", .layer = layer<BatchNormalization>({})});
  model.add({.name = "enc2", .layer = conv(6), .activation = {ActivationKind::leaky_relu}});
  model.add({.name = "drop", .layer = layer<Dropout>({.rate = 0.25})});
  model.add({.name = "flat", .layer = std::make_shared<Flatten>()});
  model.add(
      {.name = "code", .layer = layer<Dense>({.units = 5}), .activation = {ActivationKind::tanh}});
  model.add({.name = "grow", .layer = layer<Dense>({.units = 36})});
  model.add({.name = "image", .layer = layer<Reshape>({.target_shape = {3, 2, 6}})});
  model.add({.name = "dec2", .layer = transposed(4), .tied_to = "enc2", .output_like = "enc2"});
  model.add({.name = "joined", .layer = layer<Concatenate>({}), .inputs = {"dec2", "norm1"}});
  model.add({.name = "mixed", .layer = pointwise(4), .activation = {ActivationKind::tanh}});
  model.add(
      {.name = "sum", .layer = std::make_shared<Add>(), .inputs = {"mixed", "norm1", "mixed"}});
  model.add({.name = "norm2", .layer = layer<BatchNormalization>({.scale = false})});
  model.add({.name = "dec1",
             .layer = transposed(2),
             .activation = {ActivationKind::sigmoid},
             .tied_to = "enc1",
             .output_like = "enc1"});
  model.set_latent("code");
  model.initialize(2);
  return model;
}

/// Activations that need their input, an activation behind a layer that needs its output, and
/// everything that adds to the loss: regularizers of a tied kernel, of a bias and of outputs, one
/// of them before a layer that runs in place, and the divergence of a random code.
inline Model variational_model() {
  ConvolutionLayer::Settings settings = halving(4);
  settings.weights.kernel_regularizer = {.l1 = 0.01, .l2 = 0.02};
  settings.weights.bias_initializer = Initializer::ones;
  settings.weights.bias_regularizer = {.l2 = 0.05};
  Model model({6, 4, 2});
  model.add({.name = "enc1",
             .layer = std::make_shared<Conv2D>(settings),
             .activation = {ActivationKind::gelu},
             .activity_regularizer = {.l1 = 0.002, .l2 = 0.003}});
  model.add({.name = "drop", .layer = layer<Dropout>({.rate = 0.25})});
  model.add({.name = "prelu",
             .layer = layer<PReLU>({.alpha_initializer = Initializer::ones,
                                    .alpha_regularizer = {.l2 = 0.1},
                                    .shared_axes = {1, 2}}),
             .activation = {ActivationKind::softmax}});
  model.add({.name = "soft",
             .layer = std::make_shared<ActivationLayer>(Activation{ActivationKind::softplus}),
             .activation = {ActivationKind::silu}});
  model.add({.name = "flat", .layer = std::make_shared<Flatten>()});
  model.add({.name = "mean", .layer = layer<Dense>({.units = 3})});
  model.add({.name = "log_variance", .layer = layer<Dense>({.units = 3}), .inputs = {"flat"}});
  model.add({.name = "code",
             .layer = layer<Sampling>({.beta = 0.5}),
             .inputs = {"mean", "log_variance"}});
  model.add(
      {.name = "grow", .layer = layer<Dense>({.units = 24}), .activation = {ActivationKind::elu}});
  model.add({.name = "image", .layer = layer<Reshape>({.target_shape = {3, 2, 4}})});
  model.add({.name = "sparse", .layer = layer<ActivityRegularization>({.l1 = 0.004})});
  model.add({.name = "dec1",
             .layer = transposed(2),
             .activation = {ActivationKind::sigmoid},
             .tied_to = "enc1",
             .output_like = "enc1",
             .activity_regularizer = {.l2 = 0.01}});
  model.set_latent("code");
  model.initialize(5);
  return model;
}

/// Pooling and upsampling, a residual sum, sizes left open.
inline Model residual_model() {
  Model model({0, 0, 1});
  model.add({.name = "lift", .layer = pointwise(8), .activation = {ActivationKind::relu}});
  model.add({.name = "pool", .layer = layer<MaxPooling2D>({})});
  model.add({.name = "down", .layer = conv(12), .activation = {ActivationKind::relu}});
  model.add({.name = "up1",
             .layer = layer<UpSampling2D>({.interpolation = NewPixels::bilinear}),
             .activation = {ActivationKind::leaky_relu}});
  model.add({.name = "up2", .layer = layer<UpSampling2D>({})});
  model.add({.name = "noise", .layer = pointwise(1)});
  model.add({.name = "clean", .layer = std::make_shared<Add>(), .inputs = {"noise", "input"}});
  model.initialize(3);
  return model;
}

/// Every layer that joins inputs, each with an activation; two write over one of their inputs.
inline Model merging_model() {
  Model model({4, 5, 2});
  const auto join = [&](const char* name, std::shared_ptr<const Layer> layer, ActivationKind f,
                        std::vector<std::string> inputs) {
    model.add({.name = name, .layer = layer, .activation = {f}, .inputs = std::move(inputs)});
  };
  join("left", pointwise(3), ActivationKind::tanh, {});
  join("right", pointwise(3), ActivationKind::sigmoid, {"input"});
  join("sum", std::make_shared<Add>(), ActivationKind::elu, {"left", "right"});
  join("second", pointwise(3), ActivationKind::linear, {"sum"});
  join("difference", std::make_shared<Subtract>(), ActivationKind::sigmoid, {"sum", "second"});
  join("first", pointwise(3), ActivationKind::linear, {});
  join("again", std::make_shared<Add>(), ActivationKind::tanh, {"first", "difference"});
  join("product", std::make_shared<Multiply>(), ActivationKind::softplus, {"again", "difference"});
  join("mean", std::make_shared<Average>(), ActivationKind::tanh, {"product", "right"});
  join("larger", std::make_shared<Maximum>(), ActivationKind::sigmoid, {"mean", "difference"});
  join("out", pointwise(2), ActivationKind::linear, {});
  model.initialize(6);
  return model;
}

/// Large enough for bands of rows, of convolutions and of layers that work pixel by pixel.
inline Model banded_model() {
  Model model({96, 104, 3});
  model.add({.name = "enc1", .layer = conv(20), .activation = {ActivationKind::gelu}});
  model.add({.name = "norm", .layer = layer<BatchNormalization>({})});
  model.add({.name = "enc2", .layer = conv(24), .activation = {ActivationKind::relu}});
  model.add({.name = "pool", .layer = layer<MaxPooling2D>({})});
  model.add({.name = "up", .layer = layer<UpSampling2D>({})});
  model.add({.name = "dec2", .layer = transposed(20), .activation = {ActivationKind::tanh}});
  model.add({.name = "skip", .layer = std::make_shared<Add>(), .inputs = {"dec2", "norm"}});
  model.add({.name = "joined", .layer = layer<Concatenate>({}), .inputs = {"skip", "enc1"}});
  model.add({.name = "large", .layer = layer<UpSampling2D>({})});
  SeparableConv2D::Settings mixing;
  mixing.filters = 8;
  mixing.padding.kind = PaddingRule::Kind::same;
  model.add({.name = "apart", .layer = layer<SeparableConv2D>(mixing)});
  model.add({.name = "out", .layer = pointwise(3), .activation = {ActivationKind::sigmoid}});
  model.initialize(3);
  return model;
}

/// Random numbers in [0, 1), a pure function of `index`.
inline Tensor random_batch(Index count, const Shape& sample, std::uint32_t index) {
  Tensor batch = make_tensor(sample.batched(count));
  Random random({.seed = 7, .index = index});
  for (Real& x : batch) x = static_cast<Real>(random.uniform());
  return batch;
}

}  // namespace adjoint
