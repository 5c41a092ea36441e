#include "models/keras/layer_arguments.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint::keras {
namespace {

constexpr Index kMostExtent = Index{1} << 30;

/// A value as a message shows it: short.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

std::optional<Index> as_integer(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{kMostExtent})
    return std::nullopt;
  if (value.is_number_integer()) return value.get<Index>();
  if (value.is_number_float()) {  // numpy's 2.0
    const double number = value.get<double>();
    if (std::abs(number) <= double{kMostExtent} && number == std::floor(number))
      return static_cast<Index>(number);
  }
  return std::nullopt;
}

/// A number; also numpy's, which Keras 2 wraps: {"class_name": "__numpy__", "config": {"value":
/// 0.3}}.
std::optional<double> as_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_array() && value.size() == 1) return as_number(value[0]);
  if (!value.is_object()) return std::nullopt;
  for (const char* key : {"value", "config"}) {
    const auto found = value.find(key);
    if (found != value.end()) return as_number(*found);
  }
  return std::nullopt;
}

/// The numbers of a list or of a tuple that Keras 3 wraps: {"class_name": "__tuple__", "items":
/// []}.
const Json& items(const Json& value) {
  if (value.is_object() && value.contains("items")) return value["items"];
  return value;
}

/// "package>Name" is Name of somebody's package.
std::string bare(const std::string& name) {
  return name.substr(name.rfind('>') + 1);
}

ActivationSpec activation_spec(const char* kind) {
  return {.kind = kind};
}

std::vector<ActivationStep> capped_relu(double most) {
  // min(y, most) = most - relu(most - y).
  const Rescaling::Settings flip{.scale = -1, .offset = most};
  return {activation_spec("relu"), flip, activation_spec("relu"), flip};
}

}  // namespace

std::string LayerPlace::text() const {
  return fmt::format("{}: layer \"{}\" ({})", file, name, class_name);
}

LayerArguments::LayerArguments(Json config, LayerPlace place)
    : config_(std::move(config)), place_(std::move(place)) {
  if (!config_.is_object()) throw InputError("{} has no arguments", place_.text());
}

const Json* LayerArguments::find(std::string_view name) {
  const auto found = config_.find(std::string(name));
  used_.emplace(name);
  return found == config_.end() || found->is_null() ? nullptr : &*found;
}

void LayerArguments::refuse(std::string_view name, const Json& value,
                            std::string_view expected) const {
  throw InputError("{}: {} = {}; expected {}", place_.text(), name, shown(value), expected);
}

void LayerArguments::note(const std::string& what) const {
  if (place_.notes)
    place_.notes->push_back(
        fmt::format("layer \"{}\" ({}): {}", place_.name, place_.class_name, what));
}

bool LayerArguments::has(std::string_view name) {
  return find(name);
}

Index LayerArguments::integer(std::string_view name, std::optional<Index> fallback) {
  const Json* value = find(name);
  if (!value) {
    if (fallback) return *fallback;
    throw InputError("{}: {} is missing; expected a whole number", place_.text(), name);
  }
  const std::optional<Index> number =
      as_integer(value->is_array() && value->size() == 1 ? (*value)[0] : *value);
  if (!number) refuse(name, *value, "a whole number");
  return *number;
}

double LayerArguments::number(std::string_view name, double fallback) {
  const Json* value = find(name);
  if (!value) return fallback;
  const std::optional<double> number = as_number(*value);
  if (!number || !std::isfinite(*number)) refuse(name, *value, "a number");
  return *number;
}

bool LayerArguments::boolean(std::string_view name, bool fallback) {
  const Json* value = find(name);
  if (!value) return fallback;
  if (value->is_number_integer()) return value->get<Index>() != 0;
  if (!value->is_boolean()) refuse(name, *value, "true or false");
  return value->get<bool>();
}

std::string LayerArguments::text(std::string_view name, const std::string& fallback) {
  const Json* value = find(name);
  if (!value) return fallback;
  if (!value->is_string()) refuse(name, *value, "a text");
  return value->get<std::string>();
}

std::vector<Index> LayerArguments::integers(std::string_view name) {
  const Json* value = find(name);
  std::vector<Index> list;
  if (!value) return list;
  const Json& given = items(*value);
  for (const Json& item : given.is_array() ? given : Json::array({given})) {
    const std::optional<Index> number = as_integer(item);
    if (!number) refuse(name, *value, "whole numbers");
    list.push_back(*number);
  }
  return list;
}

std::optional<Extent2> LayerArguments::extent(std::string_view name, bool one_row) {
  if (!has(name)) return std::nullopt;
  const std::vector<Index> list = integers(name);
  const bool fits = one_row ? list.size() == 1 : list.size() == 1 || list.size() == 2;
  if (!fits || std::ranges::min(list) < 0) {
    refuse(name, *find(name),
           one_row ? "a whole number, at least 0" : "one or two whole numbers, at least 0");
  }
  if (one_row) return Extent2{1, list[0]};
  return Extent2{list[0], list.back()};
}

Extent2 LayerArguments::extent(std::string_view name, bool one_row, Extent2 fallback) {
  return extent(name, one_row).value_or(fallback);
}

Padding LayerArguments::sides(std::string_view name, bool one_row, Index fallback) {
  const Json* value = find(name);
  std::vector<Index> list{fallback};
  if (value) {
    list.clear();
    const std::function<void(const Json&)> gather = [&](const Json& part) {
      if (part.is_array() && list.size() <= 4) {
        for (const Json& item : part) gather(item);
      } else if (const std::optional<Index> number = as_integer(part); number && *number >= 0) {
        list.push_back(*number);
      } else {
        refuse(name, *value, "whole numbers, at least 0");
      }
    };
    gather(items(*value));
  }
  if (one_row) {
    if (list.size() == 1) list = {list[0], list[0]};
    if (list.size() == 2) return {0, 0, list[0], list[1]};
  } else {
    if (list.size() == 1) list = {list[0], list[0]};
    if (list.size() == 2) return {list[0], list[0], list[1], list[1]};
    if (list.size() == 4) return {list[0], list[1], list[2], list[3]};
  }
  refuse(name, value ? *value : Json(),
         one_row ? "[left, right]" : "[[top, bottom], [left, right]]");
}

PaddingRule LayerArguments::padding() {
  const std::string name = text("padding", "valid");
  if (name == "same") return {PaddingRule::Kind::same};
  if (name == "valid") return {PaddingRule::Kind::valid};
  refuse("padding", name, "\"same\" or \"valid\"");
}

std::vector<ActivationStep> LayerArguments::activation_named(const std::string& given,
                                                             std::string_view argument) {
  const std::string name = bare(given);
  if (name == "swish") return {activation_spec("silu")};
  if (name == "relu6") return capped_relu(6);
  if (name == "selu") {
    // Klambauer et al., arXiv:1706.02515: its two constants.
    return {ActivationSpec{.kind = "elu", .alpha = 1.6732632423543772},
            Rescaling::Settings{.scale = 1.0507009873554805, .offset = 0}};
  }
  // Keras 2 has clip(0.2 x + 0.5), Keras 3 clip(x / 6 + 0.5), which is Adjoint's.
  if (name == "hard_sigmoid" && !place_.keras3)
    return {Rescaling::Settings{.scale = 1.2, .offset = 0}, activation_spec("hard_sigmoid")};
  if (named<Activation::Kind>(name)) return {ActivationSpec{.kind = name}};
  refuse(argument, given,
         fmt::format("one of {}, relu6, selu, swish",
                     fmt::join(config_names(Activation::Kind{}), ", ")));
}

std::vector<ActivationStep> LayerArguments::activation_layer(const Json& layer,
                                                             std::string_view argument) {
  LayerPlace place = place_;
  place.class_name = text_of(layer, "class_name");
  const auto config = layer.find("config");
  if (config != layer.end() && config->is_string())  // {"class_name": "function", "config": "relu"}
    return activation_named(config->get<std::string>(), argument);
  if (config != layer.end() && config->is_object() && !place.class_name.empty()) {
    LayerArguments arguments(*config, place);
    if (const auto steps = activation_steps(arguments)) {
      arguments.finish();
      return *steps;
    }
  }
  refuse(argument, layer, "an activation function");
}

std::vector<ActivationStep> LayerArguments::activation(std::string_view name) {
  const Json* value = find(name);
  if (!value) return {ActivationSpec{}};
  if (value->is_string()) return activation_named(value->get<std::string>(), name);
  if (value->is_object()) return activation_layer(*value, name);
  refuse(name, *value, "an activation function");
}

Initializer LayerArguments::initializer(std::string_view name, Initializer fallback) {
  const Json* value = find(name);
  if (!value || !value->is_object()) return fallback;
  std::string wanted;  // "HeNormal" as Adjoint has it, "he_normal"
  for (const char c : bare(text_of(*value, "class_name"))) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isupper(letter) && !wanted.empty()) wanted += '_';
    wanted += static_cast<char>(std::tolower(letter));
  }
  const auto kind = named<Initializer::Kind>(wanted);
  const bool drawn = kind && *kind != Initializer::bilinear && *kind != Initializer::icnr;
  return drawn ? Initializer(*kind) : fallback;  // the weights are in the file
}

Regularizer LayerArguments::regularizer(std::string_view name) {
  const Json* value = find(name);
  if (!value) return {};
  const auto config = value->is_object() ? value->find("config") : value->end();
  if (value->is_object() && config != value->end() && config->is_object()) {
    const std::string kind = bare(text_of(*value, "class_name"));
    const auto part = [&](const char* key) {
      const auto found = config->find(key);
      return found == config->end() ? std::optional<double>(0) : as_number(*found);
    };
    const std::optional<double> l1 = part("l1"), l2 = part("l2");
    if ((kind == "L1L2" || kind == "L1" || kind == "L2") && l1 && l2 && *l1 >= 0 && *l2 >= 0)
      return {*l1, *l2};
  }
  note(fmt::format("{} = {} is not kept; it matters in training alone", name, shown(*value)));
  return {};
}

void LayerArguments::expect(std::string_view name, std::initializer_list<Json> values,
                            std::string_view why) {
  const Json* value = find(name);
  if (!value || std::ranges::find(values, *value) != values.end()) return;
  std::vector<std::string> texts;
  for (const Json& expected : values) texts.push_back(expected.dump());
  refuse(name, *value,
         fmt::format("{}{}{}", fmt::join(texts, " or "), why.empty() ? "" : "; ", why));
}

void LayerArguments::ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) used_.emplace(name);
}

void LayerArguments::finish() {
  ignore({"name", "trainable", "dtype", "batch_input_shape", "batch_shape", "input_shape",
          "batch_size", "input_dim", "input_dtype", "seed", "autocast"});
  expect("data_format", {"channels_last"},
         "a model whose images are (channels, height, width) has to be converted in Keras first");
  for (const auto& [name, value] : config_.items()) {
    if (used_.contains(name) || name.ends_with("_initializer")) continue;
    const bool says_nothing = value.is_null() || value == Json(false) ||
                              ((value.is_array() || value.is_object()) && value.empty());
    if (says_nothing) continue;
    if (name.ends_with("_constraint") || name.ends_with("_regularizer")) {
      note(fmt::format("{} = {} is not kept; it matters in training alone", name, shown(value)));
      continue;
    }
    throw InputError(
        "{}: argument {} = {} is not known to Adjoint, and the layer may mean something else with "
        "it",
        place_.text(), name, shown(value));
  }
}

std::optional<std::vector<ActivationStep>> activation_steps(LayerArguments& arguments) {
  const std::string kind = bare(arguments.place().class_name);
  if (kind == "LeakyReLU") {
    // "alpha" in Keras 2, "negative_slope" in Keras 3.
    const double slope = arguments.number("negative_slope", arguments.number("alpha", 0.3));
    return {{ActivationSpec{.kind = "leaky_relu", .negative_slope = slope}}};
  }
  if (kind == "ELU")
    return {{ActivationSpec{.kind = "elu", .alpha = arguments.number("alpha", 1)}}};
  if (kind == "ReLU") {
    const double slope = arguments.number("negative_slope", 0);
    arguments.expect("threshold", {0, 0.0});
    if (!arguments.has("max_value")) {
      if (slope == 0) return {{activation_spec("relu")}};
      return {{ActivationSpec{.kind = "leaky_relu", .negative_slope = slope}}};
    }
    const double most = arguments.number("max_value", 0);
    if (slope != 0 || most < 0)
      arguments.refuse("max_value", most, "none together with negative_slope, and at least 0");
    return capped_relu(most);
  }
  if (kind == "Softmax") {
    arguments.expect("axis", {-1, 3}, "Adjoint's softmax works along the channels");
    return {{activation_spec("softmax")}};
  }
  return std::nullopt;
}

}  // namespace adjoint::keras
