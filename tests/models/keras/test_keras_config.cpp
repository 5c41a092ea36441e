#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/keras/keras_config.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::json;

Json keras_json(const std::string& text) {
  return Json::parse(keras_config(build(text), "autoencoder").value());
}
std::string refusal(const std::string& text) {
  std::string why_not;
  return keras_config(build(text), "autoencoder", &why_not) ? "" : why_not;
}

// As Keras 2.15 writes it: Model.to_json(), keys in its order.
TEST(KerasConfig, IsThatOfAFunctionalModel) {
  const Model model =
      build(model_text("[0, 28, 1]", {"name = 'conv'\ntype = 'Conv2D'\nfilters = 8\nkernel_size = "
                                      "[3, 5]\nstrides = 2\npadding = 'same'\nactivation = "
                                      "'relu'"}));
  EXPECT_EQ(
      *keras_config(model, "autoencoder"),
      R"({"class_name":"Functional","config":{"name":"autoencoder","trainable":true,"layers":[)"
      R"({"class_name":"InputLayer","config":{"batch_input_shape":[null,null,28,1],)"
      R"("dtype":"float32","sparse":false,"ragged":false,"name":"input"},"name":"input",)"
      R"("inbound_nodes":[]},)"
      R"({"class_name":"Conv2D","config":{"name":"conv","trainable":true,"dtype":"float32",)"
      R"("filters":8,"kernel_size":[3,5],"strides":[2,2],"padding":"same",)"
      R"("data_format":"channels_last","dilation_rate":[1,1],"groups":1,"activation":"relu",)"
      R"("use_bias":true,)"
      R"("kernel_initializer":{"class_name":"GlorotUniform","config":{"seed":null}},)"
      R"("bias_initializer":{"class_name":"Zeros","config":{}},"kernel_regularizer":null,)"
      R"("bias_regularizer":null,"activity_regularizer":null,"kernel_constraint":null,)"
      R"("bias_constraint":null},"name":"conv",)"
      R"("inbound_nodes":[[["input",0,0,{}]]]}],)"
      R"("input_layers":[["input",0,0]],"output_layers":[["conv",0,0]]}})");
}

TEST(KerasConfig, GivesTheLayersTheirArguments) {
  const Json layers = keras_json(model_text(
      "[8, 8, 1]",
      {"name = 'a'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 3\npadding = 'same'\ndilation_rate "
       "= 2\ntrainable = false",
       "name = 'n'\ntype = 'BatchNormalization'\nepsilon = 0.25\nmomentum = 0.5\nscale = false",
       "name = 'p'\ntype = 'MaxPooling2D'\npadding = 'same'",
       "name = 'u'\ntype = 'UpSampling2D'\nsize = [2, 2]\ninterpolation = 'bilinear'",
       "name = 's'\ntype = 'Add'\ninputs = ['n', 'u']",
       "name = 'c'\ntype = 'Concatenate'\ninputs = ['s', 'a']\naxis = 3",
       "name = 'd'\ntype = 'Dropout'\nrate = 0.25", "name = 'f'\ntype = 'Flatten'",
       "name = 'k'\ntype = 'Dense'\nunits = 64\nuse_bias = false\nactivation = 'tanh'",
       "name = 'r'\ntype = 'Reshape'\ntarget_shape = [8, -1, 1]",
       "name = 'o'\ntype = 'Activation'\nactivation = 'sigmoid'"}))["config"]["layers"];
  ASSERT_EQ(layers.size(), 12u);
  const auto has = [&](std::size_t i, const std::string& class_name, const Json& arguments) {
    EXPECT_EQ(layers[i]["class_name"], class_name);
    EXPECT_EQ(layers[i]["config"]["name"], layers[i]["name"]);
    for (const auto& [key, value] : arguments.items())
      EXPECT_EQ(layers[i]["config"].at(key), value) << class_name << " " << key;
  };
  has(1, "Conv2D", {{"dilation_rate", {2, 2}}, {"trainable", false}, {"activation", "linear"}});
  has(2, "BatchNormalization",
      {{"axis", -1}, {"epsilon", 0.25}, {"momentum", 0.5}, {"center", true}, {"scale", false}});
  has(3, "MaxPooling2D", {{"pool_size", {2, 2}}, {"strides", {2, 2}}, {"padding", "same"}});
  has(4, "UpSampling2D", {{"size", {2, 2}}, {"interpolation", "bilinear"}});
  has(5, "Add", Json::object());
  EXPECT_EQ(layers[5]["inbound_nodes"], Json::parse(R"([[["n",0,0,{}],["u",0,0,{}]]])"));
  has(6, "Concatenate", {{"axis", 3}});
  EXPECT_EQ(layers[6]["inbound_nodes"], Json::parse(R"([[["s",0,0,{}],["a",0,0,{}]]])"));
  has(7, "Dropout", {{"rate", 0.25}});
  has(8, "Flatten", {{"data_format", "channels_last"}});
  has(9, "Dense", {{"units", 64}, {"use_bias", false}, {"activation", "tanh"}});
  has(10, "Reshape", {{"target_shape", {8, -1, 1}}});
  has(11, "Activation", {{"activation", "sigmoid"}});
}

TEST(KerasConfig, GivesPoolingAndUpsamplingTheirArguments) {
  const Json layers = keras_json(model_text(
      "[8, 8, 1]",
      {"type = 'AveragePooling2D'\npool_size = [2, 1]\nstrides = 1",
       "type = 'UpSampling2D'\nsize = 3\ninterpolation = 'bicubic'"}))["config"]["layers"];
  EXPECT_EQ(layers[1]["class_name"], "AveragePooling2D");
  EXPECT_EQ(layers[1]["config"], Json({{"name", "average_pooling2d"},
                                       {"trainable", true},
                                       {"dtype", "float32"},
                                       {"pool_size", {2, 1}},
                                       {"padding", "valid"},
                                       {"strides", {1, 1}},
                                       {"data_format", "channels_last"}}));
  EXPECT_EQ(layers[2]["config"]["interpolation"], "bicubic");
}

TEST(KerasConfig, GivesMergesAndRescalingTheirArguments) {
  const Json layers = keras_json(
      model_text("[8, 8, 1]", {"name = 'r'\ntype = 'Rescaling'\nscale = 0.5\noffset = -1",
                               "name = 's'\ntype = 'Subtract'\ninputs = ['r', 'input']",
                               "name = 'm'\ntype = 'Multiply'\ninputs = ['r', 's', 'input']",
                               "name = 'a'\ntype = 'Average'\ninputs = ['r', 'm']",
                               "name = 'x'\ntype = 'Maximum'\ninputs = ['a', 'm']",
                               "name = 'g'\ntype = 'GlobalAveragePooling2D'"}))["config"]["layers"];
  EXPECT_EQ(layers[1]["config"]["scale"], 0.5);
  EXPECT_EQ(layers[1]["config"]["offset"], -1);
  EXPECT_EQ(layers[3]["inbound_nodes"],
            Json::parse(R"([[["r",0,0,{}],["s",0,0,{}],["input",0,0,{}]]])"));
  const Json common{{"trainable", true}, {"dtype", "float32"}};
  for (const auto& [position, type] :
       {std::pair{2, "Subtract"}, {3, "Multiply"}, {4, "Average"}, {5, "Maximum"}}) {
    EXPECT_EQ(layers[position]["class_name"], type);
    Json config = common;
    config["name"] = layers[position]["name"];
    EXPECT_EQ(layers[position]["config"], config);
  }
  EXPECT_EQ(layers[6]["config"]["keepdims"], false);
}

// As DepthwiseConv2D and SeparableConv2D of Keras 2.15 write them.
TEST(KerasConfig, GivesDepthwiseKernelsTheirArguments) {
  const Json layers = keras_json(model_text(
      "[8, 8, 3]", {"name = 'd'\ntype = 'DepthwiseConv2D'\nkernel_size = 3\nstrides = "
                    "2\ndepth_multiplier = 2\nactivation = 'relu'",
                    "name = 's'\ntype = 'SeparableConv2D'\nfilters = 5\nkernel_size = [1, "
                    "2]\npadding = 'same'\nuse_bias = false"}))["config"]["layers"];
  const Json glorot = Json::parse(R"({"class_name": "GlorotUniform", "config": {"seed": null}})");
  const Json zeros = Json::parse(R"({"class_name": "Zeros", "config": {}})");
  Json expected{{"name", "d"},
                {"trainable", true},
                {"dtype", "float32"},
                {"kernel_size", {3, 3}},
                {"strides", {2, 2}},
                {"padding", "valid"},
                {"data_format", "channels_last"},
                {"dilation_rate", {1, 1}},
                {"groups", 1},
                {"depth_multiplier", 2},
                {"activation", "relu"},
                {"use_bias", true},
                {"depthwise_initializer", glorot},
                {"bias_initializer", zeros},
                {"depthwise_regularizer", nullptr},
                {"bias_regularizer", nullptr},
                {"activity_regularizer", nullptr},
                {"depthwise_constraint", nullptr},
                {"bias_constraint", nullptr}};
  EXPECT_EQ(layers[1]["config"], expected);
  expected.update(Json{{"name", "s"},
                       {"filters", 5},
                       {"kernel_size", {1, 2}},
                       {"strides", {1, 1}},
                       {"padding", "same"},
                       {"depth_multiplier", 1},
                       {"activation", "linear"},
                       {"use_bias", false},
                       {"pointwise_initializer", glorot},
                       {"pointwise_regularizer", nullptr},
                       {"pointwise_constraint", nullptr}});
  EXPECT_EQ(layers[2]["config"], expected);
}

TEST(KerasConfig, GivesPaddingAndCroppingFourSides) {
  const Json layers = keras_json(model_text(
      "[8, 8, 1]",
      {"name = 'z'\ntype = 'ZeroPadding2D'\npadding = [1, 2]",
       "name = 'c'\ntype = 'Cropping2D'\ncropping = [[1, 0], [0, 2]]"}))["config"]["layers"];
  EXPECT_EQ(layers[1]["config"]["padding"], Json::parse("[[1, 1], [2, 2]]"));
  EXPECT_EQ(layers[2]["config"]["cropping"], Json::parse("[[1, 0], [0, 2]]"));
}

TEST(KerasConfig, GivesActivationsInitializersAndRegularizersKerasNames) {
  const Json layers = keras_json(model_text(
      "[8, 8, 1]",
      {"name = 'a'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 1\nactivation = 'silu'\n"
       "kernel_initializer = 'he_normal'\nkernel_regularizer = { l2 = 0.5 }\n"
       "activity_regularizer = { l1 = 0.25 }",
       "name = 'b'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 1\nactivation = 'gelu'\n"
       "kernel_initializer = { kind = 'orthogonal', gain = 2 }\nbias_initializer = 'ones'",
       "name = 'c'\ntype = 'Conv2D'\nfilters = 4\nkernel_size = 1\n"
       "activation = { kind = 'elu', alpha = 0.5 }\nactivity_regularizer = { l2 = 1 }\n"
       "kernel_initializer = 'icnr'",
       "name = 'd'\ntype = 'PReLU'\nshared_axes = [1, 2]",
       "name = 'e'\ntype = 'ActivityRegularization'\nl1 = 0.5",
       "name = 'f'\ntype = 'GroupNormalization'\ngroups = 2\nscale = false",
       "name = 'g'\ntype = 'LayerNormalization'\naxis = [2, 3]\nepsilon = 0.5",
       "name = 'h'\ntype = 'SpatialDropout2D'\nrate = 0.25",
       "name = 'i'\ntype = 'GaussianNoise'\nstddev = 2"}))["config"]["layers"];
  const auto config = [&](std::size_t i) { return layers.at(i).at("config"); };
  EXPECT_EQ(config(1)["activation"], "swish");
  EXPECT_EQ(config(1)["kernel_initializer"],
            Json::parse(R"({"class_name": "HeNormal", "config": {"seed": null}})"));
  EXPECT_EQ(config(1)["kernel_regularizer"],
            Json::parse(R"({"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}})"));
  EXPECT_EQ(config(1)["activity_regularizer"]["config"]["l1"], 0.25);
  EXPECT_EQ(config(1)["bias_regularizer"], nullptr);
  EXPECT_EQ(config(2)["activation"], "gelu");
  EXPECT_EQ(config(2)["kernel_initializer"],
            Json::parse(R"({"class_name": "Orthogonal", "config": {"gain": 2.0, "seed": null}})"));
  EXPECT_EQ(config(2)["bias_initializer"]["class_name"], "Ones");
  EXPECT_EQ(config(3)["activation"], "linear");
  EXPECT_EQ(config(3)["activity_regularizer"], nullptr);
  EXPECT_EQ(config(3)["kernel_initializer"]["class_name"], "GlorotUniform");
  EXPECT_EQ(layers[4]["class_name"], "ELU");
  EXPECT_EQ(config(4)["alpha"], 0.5);
  EXPECT_EQ(config(4)["activity_regularizer"]["config"]["l2"], 1);
  EXPECT_EQ(config(5)["shared_axes"], Json::parse("[1, 2]"));
  EXPECT_EQ(config(6)["l1"], 0.5);
  EXPECT_EQ(config(6).contains("activity_regularizer"), false);
  EXPECT_EQ(config(7)["groups"], 2);
  EXPECT_EQ(config(7)["scale"], false);
  EXPECT_EQ(config(8)["axis"], Json::parse("[2, 3]"));
  EXPECT_EQ(config(8)["epsilon"], 0.5);
  EXPECT_EQ(config(8)["gamma_initializer"]["class_name"], "Ones");
  EXPECT_EQ(config(9)["rate"], 0.25);
  EXPECT_EQ(config(10)["stddev"], 2);
}

TEST(KerasConfig, GivesAnActivationThatKerasHasNotThereALayerOfItsOwn) {
  const Json config = keras_json(
      model_text("[4, 4, 1]",
                 {"name = 'a'\ntype = 'Conv2D'\nfilters = 1\nkernel_size = 1\nactivation = { kind "
                  "= 'leaky_relu', negative_slope = 0.25 }",
                  "name = 'a_activation'\ntype = 'BatchNormalization'\nactivation = "
                  "'relu'"}))["config"];
  const Json& layers = config["layers"];
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_EQ(layers[1]["config"]["activation"], "linear");
  EXPECT_EQ(layers[2]["class_name"], "LeakyReLU");
  EXPECT_EQ(layers[2]["name"], "a_activation_");
  EXPECT_EQ(layers[2]["config"]["alpha"], 0.25);
  EXPECT_EQ(layers[2]["inbound_nodes"], Json::parse(R"([[["a",0,0,{}]]])"));
  EXPECT_EQ(layers[3]["inbound_nodes"], Json::parse(R"([[["a_activation_",0,0,{}]]])"));
  EXPECT_EQ(layers[4]["class_name"], "Activation");
  EXPECT_EQ(layers[4]["config"]["activation"], "relu");
  EXPECT_EQ(config["output_layers"], Json::parse(R"([["a_activation_activation",0,0]])"));
}

/// output_padding of a transposed convolution that takes back the size of the Conv2D before it.
Json tied_padding(const std::string& input, const std::string& geometry) {
  const Json json = keras_json(model_text(
      input, {"name = 'a'\ntype = 'Conv2D'\nfilters = 2\n" + geometry,
              "name = 't'\ntype = 'Conv2DTranspose'\ntied_to = 'a'\noutput_like = 'a'"}));
  return json["config"]["layers"][2]["config"]["output_padding"];
}

TEST(KerasConfig, TurnsOutputLikeIntoOutputPadding) {
  const std::string same = "kernel_size = 3\nstrides = 2\npadding = 'same'";
  // 25 -> 13 -> (13-1)*2 + 3 - 2 + p = 25 + p; 26 -> 13 -> 2*13 is the default.
  EXPECT_EQ(tied_padding("[25, 25, 1]", same), Json({0, 0}));
  EXPECT_EQ(tied_padding("[25, 26, 1]", same), Json({0, 1}));
  EXPECT_EQ(tied_padding("[26, 26, 1]", same), nullptr);
  EXPECT_EQ(tied_padding("[0, 0, 1]", same), nullptr);
  // 8 -> 3 -> (3-1)*2 + 3 + p = 7 + p.
  EXPECT_EQ(tied_padding("[8, 8, 1]", "kernel_size = 3\nstrides = 2"), Json({1, 1}));
  EXPECT_EQ(tied_padding("[7, 7, 1]", "kernel_size = 3\nstrides = 2"), nullptr);
}

TEST(KerasConfig, PutsExplicitPaddingIntoLayersOfItsOwn) {
  const Json layers = keras_json(
      model_text("[0, 9, 1]", {"name = 'a'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = 3\nstrides "
                               "= 2\npadding = [[1, 0], [2, 1]]",
                               "name = 'b'\ntype = 'Conv2DTranspose'\nfilters = 1\nkernel_size = "
                               "4\nstrides = 2\npadding = 1"}))["config"]["layers"];
  std::vector<std::string> classes;
  for (const Json& layer : layers) classes.push_back(layer["class_name"]);
  EXPECT_THAT(classes, testing::ElementsAre("InputLayer", "ZeroPadding2D", "Conv2D",
                                            "Conv2DTranspose", "Cropping2D"));
  EXPECT_EQ(layers[1]["name"], "a_padding");
  EXPECT_EQ(layers[1]["config"]["padding"], Json({{1, 0}, {2, 1}}));
  EXPECT_EQ(layers[2]["config"]["padding"], "valid");
  EXPECT_EQ(layers[2]["inbound_nodes"][0][0][0], "a_padding");
  EXPECT_EQ(layers[3]["config"]["output_padding"], Json({0, 0}));
  EXPECT_EQ(layers[4]["config"]["cropping"], Json({{1, 1}, {1, 1}}));
}

TEST(KerasConfig, SaysWhatKerasHasNot) {
  const std::string conv = "type = 'Conv2D'\nfilters = 2\nkernel_size = 3\n";
  const std::string transpose = "type = 'Conv2DTranspose'\nfilters = 2\nkernel_size = 3\n";
  EXPECT_EQ(refusal(model_text("[8, 8, 1]", {"type = 'MaxPooling2D'\npadding = 1"})),
            "Keras has no explicit padding in a pooling layer");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]", {conv + "padding = 0"})), "");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]", {conv + "strides = 2\ndilation_rate = 2"})),
            "Keras has no dilation_rate together with strides");
  EXPECT_EQ(refusal(model_text("[8, 8, 2]", {transpose + "groups = 2"})),
            "Keras has no groups of a transposed convolution");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]", {"type = 'ZeroPadding2D'\nmode = 'reflect'"})),
            "Keras has no padding with mode = \"reflect\"");
  EXPECT_EQ(refusal(model_text("[8, 8, 4]", {"type = 'DepthToSpace'\nblock_size = 2"})),
            "Keras has no layer DepthToSpace");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]",
                               {"type = 'DepthwiseConv2D'\nkernel_size = 2\nstrides = [1, 2]"})),
            "Keras has no strides of a depthwise kernel that differ");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]", {conv + "activation = 'hard_sigmoid'"})),
            "Keras has no hard_sigmoid of slope 1/6 before its version 3");
  EXPECT_EQ(refusal(model_text("[8, 8, 1]",
                               {conv + "activation = { kind = 'gelu', approximate = true }"})),
            "Keras has no name for the approximate gelu");
  EXPECT_EQ(refusal(model_text("[24, 25, 1]",
                               {"name = 'a'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = "
                                "2\nstrides = 2\npadding = 'same'",
                                "type = 'Conv2DTranspose'\ntied_to = 'a'\noutput_like = 'a'"})),
            "Keras has no output_padding that gives 24x25x1");
}

}  // namespace
}  // namespace adjoint
