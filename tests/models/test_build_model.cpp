#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/layers/conv2d_transpose.hpp"
#include "models/layer_table.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kEncoder =
    "name = 'enc1'\ntype = 'Conv2D'\nfilters = 8\nkernel_size = 3\nstrides = 2\npadding = 'same'";

Shape output_of(const Model& model) {
  return model.infer(model.example_shape()).back();
}

std::vector<std::string> parameter_names(const Model& model) {
  std::vector<std::string> names;
  for (const Parameter& parameter : model.parameters()) names.push_back(parameter.name);
  return names;
}

TEST(BuildModel, BuildsEveryTypeOfTheTable) {
  const Model model = build(model_text(
      "[8, 8, 2]",
      {kEncoder,
       "name = 'norm'\ntype = 'BatchNormalization'\nactivation = 'relu'",
       "name = 'up'\ntype = 'UpSampling2D'",
       "name = 'pool'\ntype = 'MaxPooling2D'",
       "name = 'mean'\ntype = 'AveragePooling2D'\npool_size = 3\nstrides = 1\npadding = 'same'",
       "name = 'sum'\ntype = 'Add'\ninputs = ['norm', 'mean']",
       "name = 'less'\ntype = 'Subtract'\ninputs = ['sum', 'mean']",
       "name = 'times'\ntype = 'Multiply'\ninputs = ['less', 'norm']",
       "name = 'half'\ntype = 'Average'\ninputs = ['times', 'norm']",
       "name = 'top'\ntype = 'Maximum'\ninputs = ['half', 'norm']",
       "name = 'scaled'\ntype = 'Rescaling'\nscale = 0.5",
       "name = 'deep'\ntype = 'DepthwiseConv2D'\nkernel_size = 3\ndepth_multiplier = 2",
       "name = 'mixed'\ntype = 'SeparableConv2D'\nfilters = 8\nkernel_size = 2\npadding = 'same'",
       "name = 'wide'\ntype = 'DepthToSpace'\nblock_size = 2",
       "name = 'framed'\ntype = 'ZeroPadding2D'\npadding = [1, 2]\nmode = 'reflect'",
       "name = 'cut'\ntype = 'Cropping2D'\ncropping = [[1, 0], [0, 2]]",
       "name = 'narrow'\ntype = 'SpaceToDepth'\nblock_size = 2\ninputs = ['wide']",
       "name = 'all'\ntype = 'GlobalAveragePooling2D'\nkeepdims = true\ninputs = ['scaled']",
       "name = 'most'\ntype = 'GlobalMaxPooling2D'\nkeepdims = true\ninputs = ['scaled']",
       "name = 'both'\ntype = 'Concatenate'\ninputs = ['enc1', 'sum']",
       "name = 'slope'\ntype = 'PReLU'\nshared_axes = [1, 2]",
       "name = 'groups'\ntype = 'GroupNormalization'\ngroups = 4",
       "name = 'layer'\ntype = 'LayerNormalization'\naxis = [1, 2, 3]",
       "name = 'channels'\ntype = 'SpatialDropout2D'",
       "name = 'noise'\ntype = 'GaussianNoise'\nstddev = 0.1",
       "name = 'sparse'\ntype = 'ActivityRegularization'\nl1 = 0.1",
       "name = 'drop'\ntype = 'Dropout'\nrate = 0.2",
       "name = 'flat'\ntype = 'Flatten'",
       "name = 'code'\ntype = 'Dense'\nunits = 32\nactivation = 'tanh'",
       "name = 'z'\ntype = 'Sampling'\ninputs = ['code', 'code']\nbeta = 0.5",
       "name = 'image'\ntype = 'Reshape'\ntarget_shape = [4, -1, 2]",
       "name = 'dec1'\ntype = 'Conv2DTranspose'\nfilters = 2\nkernel_size = 3\nstrides = "
       "2\npadding = 'same'",
       "name = 'out'\ntype = 'Activation'\nactivation = 'sigmoid'"}));
  EXPECT_EQ(output_of(model), (Shape{8, 8, 2}));
  std::vector<std::string> built;
  for (const Node& node : model.nodes())
    if (node.layer) built.emplace_back(node.layer->type());
  std::vector<std::string> known = kind_names<LayerFamily>();
  std::ranges::sort(built);
  std::ranges::sort(known);
  EXPECT_EQ(built, known);
  EXPECT_EQ(model.nodes()[model.find("both")].inputs,
            (std::vector<Index>{model.find("enc1"), model.find("sum")}));
  EXPECT_EQ(model.nodes()[model.find("norm")].activation.kind, Activation::Kind::relu);
}

TEST(BuildModel, GivesATiedLayerWhatItDoesNotSayFromTheLayerItIsTiedTo) {
  const Model model = build(model_text(
      "[25, 24, 3]",
      {kEncoder, "name = 'dec1'\ntype = 'Conv2DTranspose'\ntied_to = 'enc1'\noutput_like = 'enc1'",
       "name = 'again'\ntype = 'Conv2DTranspose'\ninputs = ['enc1']\ntied_to = 'dec1'\n"
       "output_padding = [0, 1]\nuse_bias = false"}));
  const auto shapes = model.infer(model.example_shape());
  EXPECT_EQ(shapes[1], (Shape{13, 12, 8}));
  EXPECT_EQ(shapes[2], (Shape{25, 24, 3}));
  EXPECT_EQ(shapes[3], (Shape{25, 24, 3}));
  EXPECT_THAT(parameter_names(model), ElementsAre("enc1/kernel", "enc1/bias", "dec1/bias"));
  const auto& settings = dynamic_cast<const Conv2DTranspose&>(*model.nodes()[2].layer).settings();
  EXPECT_EQ(settings.filters, 3);
  EXPECT_EQ(settings.strides, (Extent2{2, 2}));
}

TEST(BuildModel, DrawsTheSameParametersForTheSameSeed) {
  const std::string text = model_text("[8, 8, 1]", {kEncoder});
  EXPECT_EQ(build(text, 3).parameters()[0].value, build(text, 3).parameters()[0].value);
  EXPECT_NE(build(text, 3).parameters()[0].value, build(text, 4).parameters()[0].value);
  const Model model = build(text, 3);
  // Glorot: the limit is sqrt(6 / (9 * 1 + 9 * 8)).
  const auto kernel = view(model.parameters()[0].value);
  const auto [low, high] = std::ranges::minmax(kernel.flat());
  EXPECT_GT(low, -0.2722);
  EXPECT_LT(low, -0.2);
  EXPECT_LT(high, 0.2722);
  EXPECT_EQ(model.parameters()[1].value, make_tensor({8}, 0));
}

TEST(BuildModel, KeepsALayerFromTraining) {
  const Model model = build(model_text("[8, 8, 1]", {kEncoder + "\ntrainable = false"}));
  EXPECT_FALSE(model.parameters()[0].trainable);
}

TEST(BuildModel, SetsTheLatent) {
  const Model model =
      build("model.latent = 'enc1'\n" + std::string("model.input = [8, 8, 1]\n") +
            "[[model.layer]]\n" + kEncoder + "\n[[model.layer]]\ntype = 'Flatten'\n");
  EXPECT_EQ(model.latent(), 1);
}

TEST(BuildModelErrors, SayWhichLayerDoesNotFit) {
  EXPECT_THAT(
      build_error(model_text(
          "[8, 8, 1]", {kEncoder, "name = 'c'\ntype = 'Conv2D'\nfilters = 1\nkernel_size = 5"})),
      StartsWith("a.toml:10: model.layer[2] \"c\": a kernel that spans 5x5 does not fit into an "
                 "image of 4x4"));
  EXPECT_THAT(build_error(model_text("[8]", {kEncoder})),
              StartsWith("a.toml:3: model.layer[1] \"enc1\": Conv2D expects an image"));
}

TEST(BuildModelErrors, NameAReferenceThatIsWrong) {
  const auto second = [](const std::string& lines) {
    return build_error(
        model_text("[8, 8, 1]", {kEncoder, "name = 'dec1'\ntype = 'Conv2DTranspose'\n" + lines,
                                 "name = 'flat'\ntype = 'Flatten'"}));
  };
  const std::string where = "a.toml:10: model.layer[2] \"dec1\": ";
  const std::string sizes = "\nfilters = 1\nkernel_size = 3";
  EXPECT_EQ(second("inputs = ['enc2']" + sizes),
            where + "inputs names \"enc2\", and no layer has that name; did you mean \"enc1\"?");
  EXPECT_EQ(second("inputs = ['flat']" + sizes),
            where + "inputs names \"flat\", which stands below; only a layer above can be meant");
  EXPECT_EQ(second("inputs = ['dec1']" + sizes), where + "inputs names the layer itself");
  EXPECT_EQ(second("output_like = 'encl'" + sizes),
            where +
                "output_like names \"encl\", and no layer has that name; did you mean "
                "\"enc1\"?");
  EXPECT_EQ(second("tied_to = 'code'"),
            where + "tied_to names \"code\", and no layer has that name");
}

TEST(BuildModelErrors, NameADuplicate) {
  EXPECT_THAT(build_error(model_text("[8, 8, 1]", {kEncoder, kEncoder})),
              StartsWith("a.toml:10: model.layer[2] \"enc1\": the name \"enc1\" is taken"));
}

TEST(BuildModelErrors, CountTheInputs) {
  EXPECT_EQ(build_error(model_text("[8, 8, 1]", {"name = 'a'\ntype = 'Add'"})),
            "a.toml:3: model.layer[1] \"a\": Add joins two or more layers; name them: inputs = "
            "[\"...\", \"...\"]");
  EXPECT_EQ(build_error(model_text("[8, 8, 1]", {kEncoder,
                                                 "name = 'f'\ntype = 'Flatten'\ninputs = "
                                                 "['input', 'enc1']"})),
            "a.toml:10: model.layer[2] \"f\": Flatten takes one input, and inputs names 2");
  EXPECT_EQ(build_error(model_text("[8, 8, 1]",
                                   {"name = 's'\ntype = 'Subtract'\ninputs = ['input', 'input', "
                                    "'input']"})),
            "a.toml:3: model.layer[1] \"s\": Subtract joins exactly two layers, and got 3; name "
            "them: inputs = [\"...\", \"...\"]");
  EXPECT_EQ(build_error(model_text("[8, 8, 1]", {"name = 'f'\ntype = 'Flatten'\ninputs = []"})),
            "a.toml:3: model.layer[1] \"f\": Flatten takes one input, and inputs names 0");
}

TEST(BuildModelErrors, SayWhyAKernelCannotBeShared) {
  const auto tied = [](const std::string& above, const std::string& lines) {
    return build_error(model_text(
        "[8, 8, 2]", {above, "name = 't'\ntype = 'Conv2DTranspose'\ntied_to = 'a'\n" + lines}));
  };
  EXPECT_THAT(tied("name = 'a'\ntype = 'Dense'\nunits = 2", ""),
              HasSubstr("model.layer[2] \"t\": tied_to names \"a\", which is no convolution; "
                        "expected a Conv2D or a Conv2DTranspose"));
  EXPECT_THAT(tied("name = 'a'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 3", "kernel_size = 5"),
              HasSubstr("model.layer[2] \"t\": tied_to = \"a\": that kernel is 3x3x2x4, this layer "
                        "needs 5x5x2x4"));
}

TEST(BuildModelErrors, SayWhichSizesOutputLikeCanMeet) {
  const std::string message = build_error(
      model_text("[25, 25, 1]", {kEncoder, "type = 'MaxPooling2D'\nname = 'p'",
                                 "name = 't'\ntype = 'Conv2DTranspose'\nfilters = 1\nkernel_size = "
                                 "3\nstrides = 2\npadding = 'same'\noutput_like = 'enc1'"}));
  EXPECT_EQ(message,
            "a.toml:13: model.layer[3] \"t\": output_like = \"enc1\": an image of height 25 has 13 "
            "features, not 6; possible heights: 11, 12");
}

TEST(BuildModelErrors, RefuseAModelWithoutLayers) {
  EXPECT_EQ(build_error(model_text("[8, 8, 1]", {})),
            "a.toml:1: model: has no layers; add some, [[model.layer]]");
}

TEST(BuildModelErrors, DoWithoutAFile) {
  ModelSpec spec{.input = {8, 8, 1}};
  spec.layers.push_back({.type = "Flaten"});
  EXPECT_EQ(error_of([&] { build_model(spec, 1); }),
            "model.layer[1] \"flaten\": unknown type \"Flaten\"; did you mean \"Flatten\"?");
}

TEST(CheckFits, ComparesTheOutputWithTheData) {
  const ModelSpec fits =
      parse_model(model_text("[0, 0, 1]", {kEncoder, "type = 'UpSampling2D'\nname = 'up'",
                                           "name = 'out'\ntype = 'Dense'\nunits = 1"}));
  const Model model = build_model(fits, 1);
  EXPECT_EQ(error_of([&] { check_fits(fits, model, {28, 28, 1}, {28, 28, 1}); }), "");
  EXPECT_EQ(error_of([&] {
              check_fits(fits, model, {25, 28, 1}, {25, 28, 1});
            }),
            "a.toml:13: model.layer[3] \"out\": the model ends in 26x28x1, and the data has "
            "25x28x1; the last layer must give the shape of the input");
  EXPECT_EQ(error_of([&] {
              check_fits(fits, model, {28, 28, 3}, {28, 28, 3});
            }),
            "a.toml:1: model: the model takes images of any size with 1 channel, got 28x28x3 "
            "(height x width x "
            "channels)");
  EXPECT_EQ(
      error_of([&] {
        check_fits(fits, model, {14, 28, 1}, {28, 56, 1});
      }),
      "a.toml:13: model.layer[3] \"out\": the model makes 14x28x1 of an input of 14x28x1, and "
      "its target is 28x56x1; the last layer must give the shape of the target");
}

}  // namespace
}  // namespace adjoint
