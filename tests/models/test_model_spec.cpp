#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/config/config_text.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> names(const ModelSpec& spec) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : spec.layers) names.push_back(layer.name);
  return names;
}

TEST(ModelSpec, NamesLayersAsKerasDoes) {
  const ModelSpec spec = parse_model(model_text(
      "[8, 8, 1]",
      {"type = 'Conv2D'\nfilters = 2\nkernel_size = 3", "type = 'MaxPooling2D'",
       "name = 'conv2d_1'\ntype = 'Flatten'", "type = 'Conv2D'\nfilters = 2\nkernel_size = 3",
       "type = 'Conv2DTranspose'\nfilters = 2\nkernel_size = 3", "type = 'UpSampling2D'",
       "type = 'BatchNormalization'", "type = 'Dropout'"}));
  EXPECT_THAT(names(spec),
              ElementsAre("conv2d", "max_pooling2d", "conv2d_1", "conv2d_2", "conv2d_transpose",
                          "up_sampling2d", "batch_normalization", "dropout"));
}

TEST(ModelSpec, SuggestsATypeForANearMiss) {
  const std::string message = build_error(model_text("[8, 8, 1]", {"name = 'a'\ntype = 'Conv2d'"}));
  EXPECT_THAT(message, StartsWith("a.toml:5: model.layer[1] \"a\": type: expected a string, one of "
                                  "\"Conv2D\", \"Conv2DTranspose\", "));
  EXPECT_THAT(message, HasSubstr("got \"Conv2d\" (a string); did you mean \"Conv2D\"?"));
}

TEST(ModelSpec, ReadsAnActivationByNameOrAsATable) {
  const auto activation = [](const std::string& value) {
    return parse_model(model_text("[4]", {"type = 'Dense'\nunits = 2\nactivation = " + value}))
        .layers[0]
        .activation;
  };
  EXPECT_EQ(activation("'tanh'"), ActivationSpec{"tanh"});
  EXPECT_EQ(activation("'leaky_relu'"), (ActivationSpec{"leaky_relu", 0.2}));
  EXPECT_EQ(activation("{ kind = 'leaky_relu', negative_slope = 0.01 }"),
            (ActivationSpec{"leaky_relu", 0.01}));
  EXPECT_EQ(activation("{ kind = 'elu', alpha = 0.5 }").activation(),
            (Activation{.kind = Activation::Kind::elu, .alpha = 0.5}));
  EXPECT_EQ(activation("{ kind = 'gelu', approximate = true }").activation(),
            (Activation{.kind = Activation::Kind::gelu, .approximate = true}));
  EXPECT_THAT(error_of([&] { activation("{ kind = 'elu', alpha = -1 }"); }),
              HasSubstr("got a table"));
  EXPECT_EQ(error_of([&] { activation("'rleu'"); }),
            "a.toml:6: model.layer[1]: activation: expected an activation's name or { kind = "
            "\"leaky_relu\", negative_slope = 0.2 }, { kind = \"elu\", alpha = 1.0 }, { kind = "
            "\"gelu\", approximate = true }, one of \"linear\", \"relu\", \"leaky_relu\", \"elu\", "
            "\"sigmoid\", \"hard_sigmoid\", \"tanh\", \"softplus\", \"softmax\", \"gelu\", "
            "\"silu\"; got \"rleu\" (a string); did you mean \"relu\"?");
  EXPECT_THAT(error_of([&] { activation("{ kind = 'relu', negative_slope = 0.1 }"); }),
              HasSubstr("got a table"));
  EXPECT_THAT(error_of([&] { activation("{ kind = 'leaky_relu', slope = 0.1 }"); }),
              HasSubstr("got a table"));
}

TEST(ModelSpec, ReadsHowWeightsBeginAndWhatTheyAddToTheLoss) {
  const auto parameters = [](const std::string& keys) {
    return build(
               model_text("[8, 8, 1]", {"type = 'Conv2D'\nfilters = 4\nkernel_size = 3\n" + keys}))
        .parameters();
  };
  const auto plain = parameters("");
  EXPECT_FALSE(plain[0].regularizer);
  const auto set = parameters(
      "bias_initializer = 'ones'\nkernel_initializer = { kind = 'icnr', block_size = 2 }\n"
      "kernel_regularizer = { l2 = 0.5 }\nbias_regularizer = { l1 = 0.25, l2 = 1 }");
  EXPECT_EQ(set[0].regularizer, (Regularizer{0, 0.5}));
  EXPECT_EQ(set[1].regularizer, (Regularizer{0.25, 1}));
  EXPECT_EQ(set[0].value(0, 0, 0, 0), set[0].value(0, 0, 0, 3));
  EXPECT_EQ(set[1].value(2), 1);
  const auto error = [&](const std::string& keys) { return error_of([&] { parameters(keys); }); };
  EXPECT_THAT(error("kernel_initializer = 'he'"), HasSubstr("got \"he\""));
  EXPECT_THAT(error("kernel_initializer = { kind = 'he_normal', gain = 2 }"), HasSubstr("a table"));
  EXPECT_THAT(error("kernel_regularizer = { l3 = 1 }"), HasSubstr("expected { l1 = 0.0, l2 = "));
  EXPECT_THAT(error("kernel_regularizer = { l1 = -1 }"), HasSubstr("got a table"));
  EXPECT_THAT(
      error("kernel_initializer = { kind = 'icnr', block_size = 3 }"),
      HasSubstr("model.layer[1] \"conv2d\": the initializer icnr with block_size = 3 needs a "
                "multiple of 9 filters"));
}

TEST(ModelSpec, KnowsOnlyTheKeysOfTheLayersType) {
  EXPECT_EQ(build_error(model_text("[4]", {"type = 'Dense'\nunits = 2\nfilters = 2"})),
            "a.toml:6: model.layer[1]: unknown key \"filters\"; known keys: name, type, inputs, "
            "shared_with, "
            "units, use_bias, kernel_initializer, kernel_regularizer, bias_initializer, "
            "bias_regularizer, activation, activity_regularizer, trainable");
  EXPECT_THAT(build_error(model_text("[4]", {"type = 'Dense'\nunits = 2\ntied_to = 'x'"})),
              HasSubstr("unknown key \"tied_to\""));
}

TEST(ModelSpec, RefusesNamesThatAreNoFileNames) {
  EXPECT_EQ(
      build_error(model_text("[4]", {"name = 'a/b'\ntype = 'Flatten'"})),
      "a.toml:4: model.layer[1] \"a/b\": name: expected a string, of letters, digits, _ and -; "
      "got \"a/b\" (a string)");
}

TEST(ModelSpec, RefusesAnInputThatIsNoShape) {
  for (const std::string input : {"[]", "[8, 8, 0]", "[0]", "[0, 3]", "[8, -1, 1]"}) {
    EXPECT_EQ(build_error(model_text(input, {"type = 'Flatten'"})),
              "a.toml:2: model.input: expected a list of at most 4 integers, [height, width, "
              "channels] with 0 for any height or width; got " +
                  input + " (a list)");
  }
}

TEST(ModelSpec, RefusesALatentThatNamesNoLayer) {
  EXPECT_EQ(build_error("[model]\ninput = [4]\nlatent = \"cod\"\n[[model.layer]]\nname = "
                        "\"code\"\ntype = \"Dense\"\nunits = 1\n"),
            "a.toml:3: model.latent: no layer is called \"cod\"; did you mean \"code\"?");
}

TEST(ModelSpec, WritesAllThatItReads) {
  const std::string text = R"([model]
input = [28, 28, 1]
latent = "enc1"

[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 8
kernel_size = 3
strides = 2
padding = "same"
dilation_rate = 1
groups = 1
use_bias = true
kernel_initializer = { kind = "icnr", block_size = 2 }
kernel_regularizer = { l1 = 0.0, l2 = 0.0001 }
bias_initializer = "zeros"
activation = { kind = "leaky_relu", negative_slope = 0.01 }
activity_regularizer = { l1 = 1e-5, l2 = 0.0 }
trainable = true

[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
inputs = ["enc1"]
tied_to = "enc1"
output_like = "enc1"
use_bias = false
bias_initializer = "ones"
activation = "linear"
trainable = false

[[model.layer]]
name = "last"
type = "Activation"
activation = "sigmoid"
trainable = true
)";
  EXPECT_EQ(write_config(ModelConfig{parse_model(text)}), text);
}

}  // namespace
}  // namespace adjoint
