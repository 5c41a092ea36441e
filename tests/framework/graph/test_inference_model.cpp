#include "framework/graph/inference_model.hpp"

#include <gmock/gmock.h>

#include "framework/graph/predictor.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

std::shared_ptr<const Layer> norm(bool scale = true, bool center = true) {
  return layer<BatchNormalization>({.center = center, .scale = scale});
}
std::shared_ptr<const Layer> activation(ActivationKind kind) {
  return std::make_shared<ActivationLayer>(Activation{kind});
}
std::shared_ptr<const Layer> noise() {
  return layer<GaussianNoiseLayer>({});
}

/// Parameters as training might leave them: every one counts.
void shake(Model& model) {
  model.initialize(8);
  for (std::size_t p = 0; p < model.parameters().size(); ++p) {
    Random random({.seed = 9, .index = static_cast<std::uint32_t>(p)});
    if (shape_of(model.parameters()[p].value).rank() > 1) continue;  // kernels are random already
    for (Real& x : model.parameters()[p].value) x = static_cast<Real>(0.5 + random.uniform());
  }
}

std::vector<std::string> names(const Model& model) {
  std::vector<std::string> all;
  for (const Node& node : model.nodes()) all.push_back(node.name);
  return all;
}

/// Compares with the model as it stands, whose layers do their own work; also at the latent layer.
void expect_same_outputs(const Model& model, const Model& folded, const Shape& input) {
  ThreadPool pool(2);
  const Tensor images = random_batch(3, input, 0);
  const auto output = [&](const Model& which, Index to) {
    return Predictor(which, {.input = input, .batch = 3, .to = to}, pool)(view(images));
  };
  const auto expect_near = [](const Tensor& got, const Tensor& expected) {
    ASSERT_EQ(shape_of(got), shape_of(expected));
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-5) << i;
  };
  expect_near(output(folded, -1), output(model, -1));
  ASSERT_EQ(folded.latent() >= 0, model.latent() >= 0);
  if (model.latent() >= 0)
    expect_near(output(folded, folded.latent()), output(model, model.latent()));
}

TEST(InferenceModel, FoldsNormalizationIntoEveryKernel) {
  ConvolutionLayer::Settings grouped = halving(6);
  grouped.groups = 2;
  ConvolutionLayer::Settings unbiased = grouped;
  unbiased.use_bias = false;
  DepthwiseConv2D::Settings depthwise{.depth_multiplier = 2};
  SeparableConv2D::Settings separable;
  separable.filters = 4;
  const std::shared_ptr<const Layer> kernels[] = {std::make_shared<Conv2D>(grouped),
                                                  std::make_shared<Conv2D>(unbiased),
                                                  std::make_shared<Conv2DTranspose>(grouped),
                                                  std::make_shared<Conv2DTranspose>(unbiased),
                                                  layer<DepthwiseConv2D>(depthwise),
                                                  layer<SeparableConv2D>(separable),
                                                  layer<Dense>({.units = 3}),
                                                  layer<Dense>({.units = 3, .use_bias = false})};
  for (const auto& kernel : kernels) {
    for (const auto& normalization : {norm(), norm(false), norm(true, false)}) {
      SCOPED_TRACE(kernel->type());
      Model model({6, 7, 4});
      model.add({.name = "kernel", .layer = kernel});
      model.add({.name = "norm", .layer = normalization, .activation = {ActivationKind::relu}});
      shake(model);
      const Model folded = inference_model(model);
      EXPECT_THAT(names(folded), ElementsAre("input", "norm"));
      EXPECT_EQ(folded.nodes()[1].layer->type(), kernel->type());
      expect_same_outputs(model, folded, {6, 7, 4});
    }
  }
}

TEST(InferenceModel, JoinsActivationsAndLeavesOutWhatOnlyTrains) {
  Model model({8, 8, 2});
  model.add({.name = "noise", .layer = noise()});
  model.add({.name = "conv", .layer = conv(4)});
  model.add({.name = "norm", .layer = norm()});
  model.add({.name = "relu", .layer = activation(ActivationKind::relu)});
  model.add({.name = "drop", .layer = layer<Dropout>({})});
  model.add({.name = "out", .layer = pointwise(2)});
  model.add({.name = "gelu", .layer = activation(ActivationKind::gelu)});
  model.add({.name = "softmax", .layer = activation(ActivationKind::softmax)});
  shake(model);
  const Model folded = inference_model(model);
  EXPECT_THAT(names(folded), ElementsAre("input", "relu", "gelu", "softmax"));
  EXPECT_EQ(folded.nodes()[1].layer->type(), "Conv2D");
  expect_same_outputs(model, folded, {8, 8, 2});
}

TEST(InferenceModel, KeepsWhatOthersRead) {
  Model model({8, 8, 2});
  model.add({.name = "conv", .layer = conv(4)});  // the sum reads it, too
  model.add({.name = "norm", .layer = norm()});
  model.add({.name = "sum", .layer = std::make_shared<Add>(), .inputs = {"norm", "conv"}});
  model.add({.name = "active", .layer = conv(4), .activation = {ActivationKind::relu}});
  model.add({.name = "after", .layer = norm()});
  model.add({.name = "code", .layer = conv(4)});
  model.add({.name = "decoded", .layer = norm()});
  model.set_latent("code");
  shake(model);
  const Model folded = inference_model(model);
  EXPECT_EQ(names(folded), names(model));
  expect_same_outputs(model, folded, {8, 8, 2});
}

TEST(InferenceModel, KeepsSizesThatLayersGiveBack) {
  Model model({9, 7, 2});
  model.add({.name = "enc1", .layer = conv(4)});
  model.add({.name = "norm1", .layer = norm()});  // dec2 takes the size before it, 5x4
  model.add({.name = "enc2", .layer = conv(4)});
  model.add({.name = "norm2", .layer = norm()});
  model.add({.name = "dec2", .layer = transposed(4), .output_like = "norm1"});
  model.add({.name = "dec1", .layer = transposed(2), .output_like = "enc1"});
  model.add({.name = "enc3", .layer = conv(4)});
  model.add({.name = "norm3", .layer = norm()});
  model.add({.name = "dec3", .layer = transposed(2), .output_like = "enc3"});
  shake(model);
  const Model folded = inference_model(model);
  EXPECT_THAT(names(folded),
              ElementsAre("input", "enc1", "norm1", "norm2", "dec2", "dec1", "norm3", "dec3"));
  expect_same_outputs(model, folded, {9, 7, 2});
}

TEST(InferenceModel, GivesTiedAndSharedKernelsTheirOwnNormalization) {
  Model model({8, 8, 4});
  model.add({.name = "enc", .layer = conv(4)});
  model.add({.name = "enc norm", .layer = norm()});
  model.add({.name = "again", .layer = conv(4), .shared_with = "enc"});
  model.add({.name = "again norm", .layer = norm()});
  model.add({.name = "dec", .layer = transposed(4), .tied_to = "enc"});
  model.add({.name = "out", .layer = pointwise(1)});
  model.set_latent("again norm");
  shake(model);
  const Model folded = inference_model(model);
  EXPECT_THAT(names(folded), ElementsAre("input", "enc norm", "again norm", "dec", "out"));
  expect_same_outputs(model, folded, {8, 8, 4});
}

TEST(InferenceModel, LeavesTheOutputLast) {
  Model model({8, 8, 2});
  model.add({.name = "conv", .layer = conv(4)});
  model.add({.name = "aside", .layer = conv(4), .inputs = {"input"}});
  model.add({.name = "norm", .layer = norm(), .inputs = {"conv"}});
  shake(model);
  const Model folded = inference_model(model);
  EXPECT_EQ(names(folded), names(model));
  expect_same_outputs(model, folded, {8, 8, 2});

  Model identity({8, 8, 2});
  identity.add({.name = "noise", .layer = noise()});
  EXPECT_THAT(names(inference_model(identity)), ElementsAre("input", "noise"));
}

}  // namespace
}  // namespace adjoint
