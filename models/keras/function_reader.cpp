#include "models/keras/function_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/settings/near_miss.hpp"
#include "framework/tensor/error.hpp"
#include "models/layer_names.hpp"

namespace adjoint::keras {
namespace {

/// One call of a function being read.
struct FunctionCall {
  LayerArguments& options;
  std::string_view name;  // as the table has it
  std::size_t inputs;

  [[noreturn]] void refuse(const std::string& expected) const {
    throw InputError("{}: expected {}", options.place().text(), expected);
  }
};

Json layer(const char* class_name, Json config = Json::object()) {
  return {{"class_name", class_name}, {"config", std::move(config)}};
}
Json rescaling(double scale, double offset) {
  return layer("Rescaling", {{"scale", scale}, {"offset", offset}});
}

/// A tensor and a number, in either order, or several tensors.
Json arithmetic(FunctionCall& call) {
  const std::string_view name = call.name;
  if (call.inputs == 2 && name != "divide")
    return layer(name == "add" ? "Add" : name == "subtract" ? "Subtract" : "Multiply");
  const bool number_first = call.options.has("x");
  const char* operand = number_first ? "x" : "y";
  if (call.inputs != 1 || !call.options.has(operand))
    call.refuse(name == "divide" ? "a tensor divided by a number"
                                 : "two tensors, or a tensor and a number");
  const double number = call.options.number(operand, 0);
  if (name == "add") return rescaling(1, number);
  if (name == "subtract") return number_first ? rescaling(-1, number) : rescaling(1, -number);
  if (name == "multiply") return rescaling(number, 0);
  if (number_first || number == 0) call.refuse("a tensor divided by a number");
  return rescaling(1 / number, 0);
}

Json maximum(FunctionCall& call) {
  if (call.inputs == 2) return layer("Maximum");
  if (call.options.number("y", call.options.number("x", 1)) != 0)
    call.refuse("two tensors, or a tensor and 0");
  return layer("ReLU");
}

Json negative(FunctionCall&) {
  return rescaling(-1, 0);
}

Json concatenate(FunctionCall& call) {
  // keras.ops joins along the batch unless it is told otherwise; tf.concat has to be told.
  const std::optional<Index> fallback =
      call.options.place().keras3 ? std::optional<Index>(0) : std::nullopt;
  return layer("Concatenate", {{"axis", call.options.integer("axis", fallback)}});
}

Json clip(FunctionCall& call) {
  // tf.clip_by_value's arguments, and those of keras.ops.clip.
  const double least = call.options.number("clip_value_min", call.options.number("x_min", 0));
  const double most = call.options.number("clip_value_max", call.options.number("x_max", 0));
  if (least != 0 || most <= 0) call.refuse("values kept from 0 to a number above it");
  return layer("ReLU", {{"max_value", most}});
}

Json activation(FunctionCall& call) {
  if (call.name == "gelu" && call.options.boolean("approximate", call.options.place().keras3))
    call.refuse("approximate = false");
  if (call.name == "softmax" && call.options.integer("axis", -1) != -1) call.refuse("axis = -1");
  return layer("Activation", {{"activation", call.name}});
}

Json leaky_relu(FunctionCall& call) {
  return layer(
      "LeakyReLU",
      {{"alpha", call.options.number("alpha", call.options.number("negative_slope", 0.2))}});
}

Json elu(FunctionCall& call) {
  return layer("ELU", {{"alpha", call.options.number("alpha", 1)}});
}

Json depth_to_space(FunctionCall& call) {
  call.options.expect("data_format", {"NHWC", "channels_last"});
  return layer("tf.nn.depth_to_space", {{"block_size", call.options.integer("block_size")}});
}

Json space_to_depth(FunctionCall& call) {
  call.options.expect("data_format", {"NHWC", "channels_last"});
  return layer("tf.nn.space_to_depth", {{"block_size", call.options.integer("block_size")}});
}

Json reshape(FunctionCall& call) {
  const char* name = call.options.has("newshape") ? "newshape" : "shape";
  std::vector<Index> shape = call.options.integers(name);
  if (shape.size() < 2) call.refuse("a shape of a batch, known but for the batch");
  shape.erase(shape.begin());
  return layer("Reshape", {{"target_shape", shape}});
}

/// Numbers as they are: identity, stop_gradient, and a cast of numbers that stay fractions.
Json unchanged(FunctionCall& call) {
  if (call.name == "cast" &&
      call.options.text("dtype", "float32").find("float") == std::string::npos)
    call.refuse("a cast to a floating-point type");
  return layer("Identity");
}

struct Function {
  std::string_view name;
  Json (*read)(FunctionCall&);
  std::string_view other_name = "";
};
// Source of names, arguments and defaults: the API references of TensorFlow 2 and of keras.ops.
constexpr Function kFunctions[] = {
    {"add", arithmetic},
    {"subtract", arithmetic},
    {"multiply", arithmetic},
    {"divide", arithmetic, "truediv"},
    {"divide", arithmetic, "true_divide"},
    {"maximum", maximum},
    {"negative", negative, "neg"},
    {"concat", concatenate, "concatenate"},
    {"clip_by_value", clip, "clip"},
    {"relu", activation},
    {"relu6", activation},
    {"leaky_relu", leaky_relu},
    {"elu", elu},
    {"selu", activation},
    {"gelu", activation},
    {"silu", activation, "swish"},
    {"sigmoid", activation},
    {"tanh", activation},
    {"softplus", activation},
    {"softmax", activation},
    {"depth_to_space", depth_to_space},
    {"space_to_depth", space_to_depth},
    {"reshape", reshape},
    {"identity", unchanged, "stop_gradient"},
    {"cast", unchanged},
};

}  // namespace

std::optional<std::string> called_function(const Json& layer) {
  if (!layer.is_object()) return std::nullopt;
  const std::string class_name = text_of(layer, "class_name");
  if (class_name == "TFOpLambda") {
    const auto config = layer.find("config");
    return "tf." + (config == layer.end() ? "" : text_of(*config, "function"));
  }
  if (text_of(layer, "module").starts_with("keras.src.ops."))
    return "keras.ops." + snake_case(class_name);
  return std::nullopt;
}

Json layer_of_function(const std::string& function, LayerArguments& options, std::size_t inputs) {
  // What stands before the last dot is a module: "tf.math.add", "tf.__operators__.add".
  const std::string name = function.substr(function.rfind('.') + 1);
  for (const Function& row : kFunctions) {
    if (name != row.name && name != row.other_name) continue;
    FunctionCall call{.options = options, .name = row.name, .inputs = inputs};
    Json result = row.read(call);
    options.finish();
    return result;
  }
  const std::vector<std::string> known = function_names();
  throw InputError("{}: Adjoint does not read calls of this function{}; it reads {}",
                   options.place().text(), did_you_mean(name, known), fmt::join(known, ", "));
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& row : kFunctions)
    if (names.empty() || names.back() != row.name) names.emplace_back(row.name);
  return names;
}

}  // namespace adjoint::keras
