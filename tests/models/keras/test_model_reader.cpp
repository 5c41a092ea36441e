#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/graph/predictor.hpp"
#include "framework/parallel/thread_pool.hpp"
#include "models/keras/model_reader.hpp"
#include "tests/models/keras/keras_files.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using keras::read_model;
using testing::ElementsAre;
using testing::HasSubstr;

keras::ModelDescription described(const Json& model, bool keras3 = false) {
  return read_model(model, "m.h5", keras3);
}
std::string refused(const Json& model, bool keras3 = false) {
  return error_of([&] { described(model, keras3); });
}
std::vector<std::string> layer_list(const keras::ModelDescription& model) {
  std::vector<std::string> list;
  for (const LayerSpec& layer : model.spec.layers) list.push_back(layer.type + " " + layer.name);
  return list;
}

/// The output of a model without weights for one row of pixels.
std::vector<Real> values_of_model(const ModelSpec& spec, const std::vector<Real>& pixels) {
  const auto model = build_model(spec, 1);
  ThreadPool pool(1);
  Predictor predict(model, {.batch = 1}, pool);
  Tensor row = make_tensor({1, 1, static_cast<Index>(pixels.size()), 1});
  std::ranges::copy(pixels, row.begin());
  const Tensor output = predict(view(row));
  return {output.begin(), output.end()};
}
std::vector<Real> values_of(const std::vector<Json>& layers, const std::vector<Real>& pixels,
                            bool keras3 = false) {
  return values_of_model(described(keras_sequential(layers), keras3).spec, pixels);
}
Json row_input(Index width) {
  return {nullptr, 1, width, 1};
}

TEST(KerasModelReader, ReadsASequentialModelOfEveryVersion) {
  const Json first =
      keras_first("Conv2D", "a", {{"filters", 2}, {"kernel_size", {3, 3}}}, {nullptr, 8, 9, 1});
  const Json second = keras_conv("b", 1);
  // Before 2.3 the config is the list itself.
  const Json oldest{{"class_name", "Sequential"}, {"config", {first, second}}};
  const Json keras2 = keras_sequential(
      {keras_layer("InputLayer", "i", {{"batch_input_shape", {nullptr, 8, 9, 1}}}),
       keras_layer("Conv2D", "a", {{"filters", 2}, {"kernel_size", {3, 3}}}), second});
  const Json keras3 = keras_sequential(
      {keras_layer("InputLayer", "i", {{"batch_shape", {nullptr, 8, 9, 1}}}),
       keras_layer("Conv2D", "a", {{"filters", 2}, {"kernel_size", {3, 3}}}), second});
  Json built = keras_sequential(
      {keras_layer("Conv2D", "a", {{"filters", 2}, {"kernel_size", {3, 3}}}), second});
  built["config"]["build_input_shape"] = {nullptr, 8, 9, 1};
  for (const Json& model : {oldest, keras2, keras3, built}) {
    const auto read = described(model);
    EXPECT_EQ(read.spec.input, (Shape{8, 9, 1})) << model;
    EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "Conv2D b")) << model;
  }
}

TEST(KerasModelReader, LeavesHeightAndWidthOpen) {
  const auto read = described(keras_sequential({keras_first(
      "Conv2D", "a", {{"filters", 1}, {"kernel_size", 3}}, {nullptr, nullptr, nullptr, 3})}));
  EXPECT_EQ(read.spec.input, (Shape{0, 0, 3}));
  EXPECT_THAT(refused(keras_sequential({keras_first(
                  "Conv2D", "a", {{"filters", 1}, {"kernel_size", 3}}, {nullptr, 8, 8, nullptr})})),
              HasSubstr("m.h5: the model takes batches of shape [null,8,8,null]; expected a known "
                        "number of channels"));
}

Json call2(const std::vector<std::string>& inputs) {
  Json call = Json::array();
  for (const std::string& input : inputs) call.push_back({input, 0, 0, Json::object()});
  return call;
}
Json named_layer(Json layer, const std::vector<Json>& calls) {
  layer["name"] = layer["config"]["name"];
  layer["inbound_nodes"] = calls;
  return layer;
}
Json functional(const std::vector<Json>& layers, const Json& inputs, const Json& outputs) {
  return {
      {"class_name", "Functional"},
      {"config",
       {{"name", "f"}, {"layers", layers}, {"input_layers", inputs}, {"output_layers", outputs}}}};
}
Json input_layer(const std::string& name, const Json& shape = {nullptr, 8, 8, 2}) {
  return named_layer(keras_layer("InputLayer", name, {{"batch_input_shape", shape}}), {});
}

TEST(KerasModelReader, ReadsAGraphInAnyOrderAndLeavesOutWhatNoOutputNeeds) {
  const std::vector<Json> layers{named_layer(keras_layer("Add", "sum"), {call2({"b", "a"})}),
                                 input_layer("in"), named_layer(keras_conv("b", 2), {call2({"a"})}),
                                 named_layer(keras_conv("a", 2), {call2({"in"})}),
                                 named_layer(keras_conv("unused", 2), {call2({"a"})})};
  const auto read = described(functional(layers, Json::array({Json::array({"in", 0, 0})}),
                                         Json::array({Json::array({"sum", 0, 0})})));
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "Conv2D b", "Add sum"));
  EXPECT_THAT(*read.spec.layers[2].inputs, ElementsAre("b", "a"));
}

TEST(KerasModelReader, ReadsTheGraphsOfKeras3) {
  const auto tensor = [](const std::string& layer) {
    return Json{{"class_name", "__keras_tensor__"},
                {"config", {{"shape", {nullptr, 8, 8, 2}}, {"keras_history", {layer, 0, 0}}}}};
  };
  const auto call3 = [&](const Json& arguments) {
    return std::vector<Json>{{{"args", arguments}, {"kwargs", Json::object()}}};
  };
  const std::vector<Json> layers{
      input_layer("in"), named_layer(keras_conv("a", 2), call3(Json::array({tensor("in")}))),
      named_layer(keras_layer("Concatenate", "c", {{"axis", -1}}),
                  call3(Json::array({Json::array({tensor("a"), tensor("in")})})))};
  // One input or output may stand without a list around it.
  const auto read =
      described(functional(layers, Json::array({"in", 0, 0}), Json::array({"c", 0, 0})), true);
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "Concatenate c"));
  EXPECT_THAT(*read.spec.layers[1].inputs, ElementsAre("a", "input"));
}

/// A graph's output "out" for one row of pixels at its input "in".
std::vector<Real> values_of_graph(std::vector<Json> layers, const std::vector<Real>& pixels,
                                  bool keras3) {
  Json input = keras_layer("InputLayer", "in", {{"batch_input_shape", row_input(4)}});
  layers.insert(layers.begin(), named_layer(input, {}));
  const Json graph = functional(layers, Json::array({Json::array({"in", 0, 0})}),
                                Json::array({Json::array({"out", 0, 0})}));
  return values_of_model(described(graph, keras3).spec, pixels);
}
/// A call of a function as Keras 2 writes it: its first tensor, and the rest by name.
Json function2(const std::string& name, const std::string& function, const Json& first,
               const Json& rest) {
  Json call = first.is_string() ? Json::array({first, 0, 0}) : first;
  call.push_back(rest);
  return named_layer(keras_layer("TFOpLambda", name, {{"function", function}, {"trainable", true}}),
                     {call});
}

TEST(KerasModelReader, ReadsCallsOfFunctionsInKeras2) {
  const auto constant = [](const Json& number) {
    return Json::array({"_CONSTANT_VALUE", -1, number});
  };
  const Json in = Json::array({"in", 0, 0});
  // relu(1 - 2 x) + x / 4, as tf.keras writes it from 2.4 on.
  EXPECT_THAT(
      values_of_graph(
          {function2("tf.math.multiply", "math.multiply", "in", {{"y", 2.0}, {"name", nullptr}}),
           function2("tf.math.subtract", "math.subtract", constant(1.0),
                     {{"y", {"tf.math.multiply", 0, 0}}, {"name", nullptr}}),
           function2("tf.nn.relu", "nn.relu", "tf.math.subtract", {{"name", nullptr}}),
           function2("tf.math.truediv", "math.truediv", "in", {{"y", {{{4.0}}}}}),
           function2("out", "__operators__.add", "tf.nn.relu",
                     {{"y", {"tf.math.truediv", 0, 0}}, {"name", nullptr}})},
          {-1, 0, 0.25, 2}, false),
      ElementsAre(2.75F, 1, 0.5625F, 0.5F));
  EXPECT_THAT(values_of_graph({function2("clipped", "clip_by_value", "in",
                                         {{"clip_value_min", 0.0}, {"clip_value_max", 1.0}}),
                               function2("out", "nn.leaky_relu", "clipped", {{"alpha", 0.5}})},
                              {-1, 0.25, 1, 2}, false),
              ElementsAre(0, 0.25F, 1, 1));
  EXPECT_THAT(values_of_graph({named_layer(keras_conv("c", 4), {Json::array({Json::array({in})})}),
                               function2("out", "nn.depth_to_space", "c", {{"block_size", 2}})},
                              {1, 2, 3, 4}, false),
              testing::SizeIs(16));
  Json two = Json::array({"in", 0, 0, {{"axis", 2}}});
  EXPECT_THAT(
      values_of_graph({named_layer(keras_layer("TFOpLambda", "out", {{"function", "concat"}}),
                                   {Json::array({two, two})})},
                      {1, 2, 3, 4}, false),
      ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
  const auto refusal = [&](const Json& layer) {
    return error_of([&] { values_of_graph({layer}, {0, 0, 0, 0}, false); });
  };
  EXPECT_THAT(refusal(function2("out", "image.resize", "in", {{"size", {8, 8}}})),
              HasSubstr("layer \"out\" (tf.image.resize): Adjoint does not read calls of this "
                        "function; it reads add, "));
  EXPECT_THAT(refusal(function2("out", "math.divide", constant(1.0), {{"y", in}})),
              HasSubstr("(tf.math.divide): expected a tensor divided by a number"));
  EXPECT_THAT(refusal(function2("out", "clip_by_value", "in",
                                {{"clip_value_min", -1}, {"clip_value_max", 1}})),
              HasSubstr("expected values kept from 0"));
  EXPECT_THAT(refusal(function2("out", "math.multiply", "in", {{"y", {1.0, 2.0, 3.0}}})),
              HasSubstr("y = [1.0,2.0,3.0]; expected a number"));
  EXPECT_THAT(refusal(function2("out", "nn.relu", "in", {{"threshold", 3}})),
              HasSubstr("argument threshold = 3 is not known"));
}

TEST(KerasModelReader, ReadsCallsOfFunctionsInKeras3) {
  const auto tensor = [](const std::string& layer) {
    return Json{{"class_name", "__keras_tensor__"},
                {"config", {{"shape", row_input(4)}, {"keras_history", {layer, 0, 0}}}}};
  };
  const auto function3 = [](const std::string& name, const std::string& class_name,
                            const Json& arguments) {
    Json layer =
        named_layer(keras_layer(class_name, name), {{{"args", arguments}, {"kwargs", {}}}});
    layer["module"] = "keras.src.ops.numpy";
    return layer;
  };
  // max(3 - x, x) * 0.5
  EXPECT_THAT(values_of_graph({function3("subtract", "Subtract", {3.0, tensor("in")}),
                               function3("maximum", "Maximum", {tensor("subtract"), tensor("in")}),
                               function3("out", "Multiply", {tensor("maximum"), 0.5})},
                              {-1, 0, 2, 5}, true),
              ElementsAre(2, 1.5F, 1, 2.5F));
  EXPECT_THAT(error_of([&] {
                values_of_graph({function3("out", "MatMul", {tensor("in"), tensor("in")})},
                                {0, 0, 0, 0}, true);
              }),
              HasSubstr("layer \"out\" (keras.ops.mat_mul): Adjoint does not read calls"));
}

Json inner_model() {
  Json inner = functional(
      {input_layer("inner_in"), named_layer(keras_conv("a", 2), {call2({"inner_in"})})},
      Json::array({Json::array({"inner_in", 0, 0})}), Json::array({Json::array({"a", 0, 0})}));
  inner["config"]["name"] = "encoder";
  return inner;
}

TEST(KerasModelReader, PutsModelsInTheModelInTheirPlace) {
  Json first = inner_model();
  // Keras 2 counts a nested model's own call first, so that the first one here is number 1.
  Json use = Json::array({Json::array({Json::array({"encoder", 1, 0, Json::object()})})});
  const std::vector<Json> layers{input_layer("in"), named_layer(first, {call2({"in"})}),
                                 named_layer(keras_conv("a", 1), {use[0]})};
  const auto read = described(functional(layers, Json::array({Json::array({"in", 0, 0})}),
                                         Json::array({Json::array({"a", 0, 0})})));
  // Two layers of one name: the second gets another.
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "Conv2D a_1"));
  EXPECT_EQ(read.spec.latent, "a");
  EXPECT_EQ(read.whole.parts[1].name, "encoder");
  EXPECT_EQ(read.whole.parts[1].parts[1].layer, "a");
  EXPECT_EQ(read.whole.parts[2].layer, "a_1");
}

TEST(KerasModelReader, SharesTheWeightsOfALayerThatIsCalledTwice) {
  const Json second = Json::array({Json::array({"a", 0, 0, Json::object()})});
  const Json use = Json::array({Json::array({"a", 1, 0, Json::object()})});
  const std::vector<Json> layers{
      input_layer("in"),
      named_layer(keras_conv("a", 2, {{"activation", "tanh"}}), {call2({"in"}), second}),
      named_layer(keras_conv("b", 1), {use})};
  const auto read = described(functional(layers, Json::array({Json::array({"in", 0, 0})}),
                                         Json::array({Json::array({"b", 0, 0})})));
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "Conv2D a_1", "Conv2D b"));
  EXPECT_EQ(read.spec.layers[1].shared_with, "a");
  const Model model = build_model(read.spec, 1);
  EXPECT_EQ(model.nodes()[1].parameters, model.nodes()[2].parameters);
  EXPECT_EQ(model.nodes()[2].activation.kind, Activation::Kind::tanh);
  EXPECT_EQ(model.parameters().size(), 4u);
}

TEST(KerasModelReader, HoldsTheActivationsThatKerasDefinesInItsOwnWay) {
  const std::vector<Real> x{-4, -2, -0.5, 0, 0.5, 2, 7};
  const auto expect = [&](const Json& layer, bool keras3, double (*f)(double)) {
    const std::vector<Real> y = values_of({layer}, x, keras3);
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(y[i], f(x[i]), 2e-6) << layer << " at " << x[i];
  };
  const auto activation = [](const char* name) {
    return keras_first("Activation", "f", {{"activation", name}}, row_input(7));
  };
  expect(activation("selu"), false,
         [](double v) { return 1.05070098 * (v > 0 ? v : 1.67326324 * std::expm1(v)); });
  expect(activation("relu6"), false, [](double v) { return std::min(std::max(v, 0.0), 6.0); });
  expect(activation("swish"), false, [](double v) { return v / (1 + std::exp(-v)); });
  expect(activation("hard_sigmoid"), false,
         [](double v) { return std::min(std::max(0.2 * v + 0.5, 0.0), 1.0); });
  expect(activation("hard_sigmoid"), true,
         [](double v) { return std::min(std::max(v / 6 + 0.5, 0.0), 1.0); });
  expect(keras_first("LeakyReLU", "f", {{"alpha", 0.3}}, row_input(7)), false,
         [](double v) { return v > 0 ? v : 0.3 * v; });
  expect(keras_first("LeakyReLU", "f", Json::object(), row_input(7)), false,
         [](double v) { return v > 0 ? v : 0.3 * v; });
  expect(keras_first("LeakyReLU", "f", {{"negative_slope", 0.1}}, row_input(7)), true,
         [](double v) { return v > 0 ? v : 0.1 * v; });
  expect(keras_first("LeakyReLU", "f",
                     {{"alpha", {{"class_name", "__numpy__"}, {"config", {{"value", 0.25}}}}}},
                     row_input(7)),
         false, [](double v) { return v > 0 ? v : 0.25 * v; });
  expect(keras_first("ReLU", "f", {{"max_value", 3.0}, {"negative_slope", 0.0}, {"threshold", 0.0}},
                     row_input(7)),
         false, [](double v) { return std::min(std::max(v, 0.0), 3.0); });
  expect(keras_first("ELU", "f", {{"alpha", 0.5}}, row_input(7)), false,
         [](double v) { return v > 0 ? v : 0.5 * std::expm1(v); });
}

TEST(KerasModelReader, TakesAnActivationInsideALayerInAnyForm) {
  const auto kind = [](const Json& activation) {
    const Json conv =
        keras_first("Conv2D", "a", {{"filters", 1}, {"kernel_size", 1}, {"activation", activation}},
                    row_input(7));
    const auto read = described(keras_sequential({conv}), true);
    return read.spec.layers[0].activation.activation();
  };
  EXPECT_EQ(kind("relu").kind, Activation::Kind::relu);
  EXPECT_EQ(kind({{"module", "builtins"}, {"class_name", "function"}, {"config", "tanh"}}).kind,
            Activation::Kind::tanh);
  const Activation leaky =
      kind({{"class_name", "LeakyReLU"}, {"config", {{"negative_slope", 0.3}}}});
  EXPECT_EQ(leaky.kind, Activation::Kind::leaky_relu);
  EXPECT_EQ(leaky.negative_slope, 0.3);
  EXPECT_EQ(kind("leaky_relu").negative_slope, 0.2);
}

TEST(KerasModelReader, ReadsStepsAsImagesOfOneRow) {
  const auto read = described(keras_sequential(
      {keras_first("Conv1D", "a",
                   {{"filters", 4}, {"kernel_size", {5}}, {"strides", {2}}, {"padding", "same"}},
                   {nullptr, 20, 3}),
       keras_layer("MaxPooling1D", "p",
                   {{"pool_size", {2}}, {"strides", {2}}, {"padding", "valid"}}),
       keras_layer(
           "Conv1D", "c",
           {{"filters", 2}, {"kernel_size", 3}, {"padding", "causal"}, {"dilation_rate", 2}}),
       keras_layer("Flatten", "f"), keras_layer("Dense", "d", {{"units", 12}}),
       keras_layer("Reshape", "r", {{"target_shape", {6, 2}}}),
       keras_layer("Conv1DTranspose", "t",
                   {{"filters", 3}, {"kernel_size", 3}, {"strides", 2}, {"padding", "same"}}),
       keras_layer("UpSampling1D", "u", {{"size", 2}})}));
  EXPECT_EQ(read.spec.input, (Shape{1, 20, 3}));
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2D a", "MaxPooling2D p", "ZeroPadding2D c_padding",
                                            "Conv2D c", "Flatten f", "Dense d", "Reshape r",
                                            "Conv2DTranspose t", "UpSampling2D u"));
  const Model model = build_model(read.spec, 1);
  const std::vector<Shape> shapes = model.infer(model.input_shape());
  EXPECT_EQ(shapes[1], (Shape{1, 10, 4}));
  EXPECT_EQ(shapes[2], (Shape{1, 5, 4}));
  EXPECT_EQ(shapes[4], (Shape{1, 5, 2}));  // causal: four steps before, none behind
  EXPECT_EQ(shapes[8], (Shape{1, 12, 3}));
  EXPECT_EQ(shapes.back(), (Shape{1, 24, 3}));
}

TEST(KerasModelReader, RefusesByFileLayerAndArgument) {
  const auto one = [](const std::string& type, const Json& arguments) {
    return refused(keras_sequential({keras_first(type, "x", arguments, {nullptr, 8, 8, 2})}));
  };
  EXPECT_EQ(one("LSTM", {{"units", 3}}).substr(0, 62),
            "m.h5: layer \"x\" (LSTM): Adjoint does not have this layer; `adj");
  EXPECT_THAT(one("Lambda", Json::object()), HasSubstr("layer \"x\" (Lambda)"));
  EXPECT_THAT(
      one("Conv2D", {{"filters", 1}, {"kernel_size", 3}, {"data_format", "channels_first"}}),
      HasSubstr("(Conv2D): data_format = \"channels_first\"; expected \"channels_last\""));
  EXPECT_THAT(one("Conv2D", {{"filters", 1}, {"kernel_size", 3}, {"padding", "causal"}}),
              HasSubstr("padding = \"causal\"; expected \"same\" or \"valid\""));
  EXPECT_THAT(one("Conv2D", {{"filters", 1}, {"kernel_size", 3}, {"modulated", true}}),
              HasSubstr("argument modulated = true is not known to Adjoint"));
  EXPECT_THAT(one("Conv2DTranspose", {{"filters", 1}, {"kernel_size", 3}, {"groups", 2}}),
              HasSubstr("groups = 2; expected 1"));
  EXPECT_THAT(one("Conv2D", {{"kernel_size", 3}}), HasSubstr("filters is missing"));
  EXPECT_THAT(one("BatchNormalization", {{"axis", 1}}),
              HasSubstr("axis = [1]; expected the last axis"));
  EXPECT_THAT(one("Activation", {{"activation", "mish"}}),
              HasSubstr("activation = \"mish\"; expected one of"));
  EXPECT_THAT(
      refused({{"class_name", "VAE"}, {"config", {{"name", "vae"}}}}),
      HasSubstr("its model \"vae\" (VAE) is described by Python code that is not in the file"));
}

TEST(KerasModelReader, TakesWhatSaysNothing) {
  const auto read = described(keras_sequential(
      {keras_first(
           "Conv2DTranspose", "x",
           {{"filters", 1},
            {"kernel_size", 3},
            {"groups", 1},
            {"output_padding", nullptr},
            {"kernel_initializer", {{"class_name", "HeNormal"}, {"config", {{"seed", 3}}}}},
            {"kernel_constraint", {{"class_name", "MaxNorm"}, {"config", {{"max_value", 2}}}}},
            {"new_in_keras_9", nullptr},
            {"dtype", {{"class_name", "DTypePolicy"}}}},
           {nullptr, 8, 8, 2}),
       keras_layer("GaussianDropout", "g", {{"rate", 0.2}, {"seed", 7}})}));
  EXPECT_THAT(layer_list(read), ElementsAre("Conv2DTranspose x"));
  EXPECT_THAT(read.notes, ElementsAre(HasSubstr("layer \"x\" (Conv2DTranspose): kernel_constraint"),
                                      HasSubstr("layer \"g\" (GaussianDropout): left out")));
}

TEST(KerasModelReader, RefusesGraphsThatAreNone) {
  const auto graph = [](const std::vector<Json>& layers, const Json& outputs) {
    return refused(functional(layers, Json::array({Json::array({"in", 0, 0})}), outputs));
  };
  EXPECT_THAT(graph({input_layer("in"), named_layer(keras_conv("a", 2), {call2({"b"})}),
                     named_layer(keras_conv("b", 2), {call2({"a"})})},
                    Json::array({Json::array({"a", 0, 0})})),
              HasSubstr("its layers take each other's outputs in a circle"));
  EXPECT_THAT(graph({input_layer("in"), named_layer(keras_conv("a", 2), {call2({"gone"})})},
                    Json::array({Json::array({"a", 0, 0})})),
              HasSubstr("\"gone\" is taken as an input, and no layer has that name"));
  EXPECT_THAT(graph({input_layer("in"), named_layer(keras_conv("a", 2), {call2({"in"})})},
                    Json::array({Json::array({"a", 5, 0})})),
              HasSubstr("call 5 of layer \"a\" is taken as an input, and there are 1"));
  EXPECT_THAT(graph({input_layer("in"), named_layer(keras_conv("a", 2), {call2({"in"})}),
                     named_layer(keras_conv("b", 2), {call2({"in"})})},
                    Json::array({Json::array({"a", 0, 0}), Json::array({"b", 0, 0})})),
              HasSubstr("the model has 2 outputs (a, b), and Adjoint's models have one"));
  EXPECT_THAT(refused(functional({input_layer("in")}, Json::array({Json::array({"in", 0, 0})}),
                                 Json::array({Json::array({"in", 0, 0})}))),
              HasSubstr("the model gives back its input"));
  Json trained = call2({"in"});
  trained[0][3] = {{"training", true}};
  EXPECT_THAT(graph({input_layer("in"),
                     named_layer(keras_layer("Dropout", "d", {{"rate", 0.5}}), {trained})},
                    Json::array({Json::array({"d", 0, 0})})),
              HasSubstr("it is called with training = true"));
}

TEST(KerasModelReader, RefusesValuesOfAnotherKind) {
  // A model of one layer whose arguments are taken from `arguments`.
  const auto one = [](const Json& arguments) {
    Json all = {{"filters", 1}, {"kernel_size", 3}};
    all.update(arguments);
    return keras_sequential({keras_first("Conv2D", "x", all, {nullptr, 8, 8, 2})});
  };
  EXPECT_THAT(refused(one({{"activation", {{"class_name", 5}, {"config", Json::object()}}}})),
              HasSubstr("activation = "));
  EXPECT_NO_THROW(described(one({{"kernel_initializer", {{"class_name", 5}}}})));
  EXPECT_NO_THROW(
      described(one({{"kernel_regularizer", {{"class_name", 5}, {"config", Json::object()}}}})));
  Json shape = one(Json::object());
  shape["config"]["layers"][0]["config"]["batch_input_shape"] = {
      {"items", {{"a", 1}, {"b", 2}, {"c", 3}}}};
  EXPECT_THAT(refused(shape), HasSubstr("does not say which images the model takes"));
}

TEST(KerasModelReader, RefusesMoreAxesThanThereAre) {
  const std::vector<int> many(40, 1);
  const auto one = [&](const char* type, const char* argument) {
    return refused(
        keras_sequential({keras_first(type, "x", {{argument, many}}, {nullptr, 8, 8, 2})}));
  };
  EXPECT_THAT(one("PReLU", "shared_axes"), HasSubstr("expected at most three axes"));
  EXPECT_THAT(one("LayerNormalization", "axis"), HasSubstr("expected at most three axes"));
}

TEST(KerasModelReader, RefusesCallsBeforeTheFirst) {
  for (const Index least : {Index{-1}, std::numeric_limits<Index>::min()}) {
    const Json call = Json::array({Json::array({"in", least, 0, Json::object()})});
    EXPECT_THAT(refused(functional({input_layer("in"), named_layer(keras_conv("a", 2), {call})},
                                   Json::array({Json::array({"in", 0, 0})}),
                                   Json::array({Json::array({"a", 0, 0})}))),
                HasSubstr("of layer \"in\"; both count from 0"));
  }
}

TEST(KerasModelReader, RefusesTwoLayersOfOneName) {
  // The first stands for no layer of Adjoint's, so that the second would share what there is not.
  EXPECT_THAT(refused(keras_sequential({keras_first("Identity", "x", {}, {nullptr, 8, 8, 2}),
                                        keras_layer("Flatten", "x", {})})),
              HasSubstr("x: two layers have this name"));
}

TEST(KerasModelReader, KeepsApartWhatSlashesInNamesWouldJoin) {
  // Layer "b/c" of model "a", and layer "c" of model "a/b".
  const auto model = [](const std::string& name, const std::string& layer, Index filters) {
    Json result = functional(
        {input_layer("in"), named_layer(keras_conv(layer, filters), {call2({"in"})})},
        Json::array({Json::array({"in", 0, 0})}), Json::array({Json::array({layer, 0, 0})}));
    result["config"]["name"] = name;
    return result;
  };
  const Json after = Json::array({Json::array({"a", 1, 0, Json::object()})});
  const auto read = described(functional(
      {input_layer("in"), named_layer(model("a", "b/c", 2), {call2({"in"})}),
       named_layer(model("a/b", "c", 3), {after})},
      Json::array({Json::array({"in", 0, 0})}), Json::array({Json::array({"a/b", 1, 0})})));
  ASSERT_EQ(read.spec.layers.size(), 2u);
  EXPECT_FALSE(read.spec.layers[1].shared_with.has_value());
}

TEST(KerasModelReader, CallsAFunctionTwiceWithOtherArguments) {
  const auto call = [](const std::string& from, Index node, double y) {
    return Json::array({from, node, 0, {{"y", y}}});
  };
  Json multiply = named_layer(
      {{"class_name", "TFOpLambda"}, {"config", {{"name", "f"}, {"function", "math.multiply"}}}},
      {call("in", 0, 2), call("f", 0, 5)});
  multiply["name"] = "f";
  const auto read = described(functional({input_layer("in", row_input(1)), multiply},
                                         Json::array({Json::array({"in", 0, 0})}),
                                         Json::array({Json::array({"f", 1, 0})})));
  EXPECT_THAT(values_of_model(read.spec, {3}), ElementsAre(30));
}

TEST(KerasModelReader, EndsWhereModelsCallModelsWithoutEnd) {
  // Each model calls the one in it twice: 2^30 layers in a small file.
  const auto call = [](const std::string& name, Index node) {
    return Json::array({Json::array({name, node, 0, Json::object()})});
  };
  Json inner = inner_model();
  for (int level = 1; level <= 30; ++level) {
    const std::vector<Json> layers{input_layer("in"),
                                   named_layer(inner, {call("in", 0), call("encoder", 1)})};
    inner = functional(layers, Json::array({Json::array({"in", 0, 0})}),
                       Json::array({Json::array({"encoder", 2, 0})}));
    inner["config"]["name"] = "encoder";
  }
  EXPECT_THAT(refused(inner), HasSubstr("stand for more than 10000 layers"));
}

TEST(KerasModelReader, RefusesJsonNestedWithoutEnd) {
  std::string text = "{\"a\":";
  for (int i = 0; i < 5000; ++i) text += "[";
  EXPECT_THAT(error_of([&] { keras::parse_json(text, "m.h5: attribute 'model_config'"); }),
              HasSubstr("m.h5: attribute 'model_config' is nested deeper than 200 levels"));
  EXPECT_THAT(error_of([&] { keras::parse_json("[1]", "x"); }), HasSubstr("x is no JSON object"));
  EXPECT_THAT(error_of([&] { keras::parse_json("{\"a\"", "x"); }), HasSubstr("x is no JSON: "));
}

}  // namespace
}  // namespace adjoint
