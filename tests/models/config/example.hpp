#pragma once

// A small config with one of everything, and ways to read it.

#include <string>
#include <vector>

#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

struct ExampleLayer {
  std::string name{};
  std::string type{};
  Index filters = 0;
  Extent2 kernel_size{3, 3};
  PaddingRule padding{};
  std::optional<Extent2> output_padding{};
  std::string where{};  // not a key
  void keys(Keys& key) {
    key.location(where);
    key("name", name, "");
    key.required("type", type, "", one_of({"Conv2D", "Dense"}));
    if (type != "Conv2D") return;
    key.required("filters", filters, "", at_least(1));
    key("kernel_size", kernel_size, "", at_least(1));
    key("padding", padding, "");
    key("output_padding", output_padding, "", at_least(0));
    if (filters == 13) key.reject("filters", "13 brings bad luck; take 12");
    if (filters == 14) key.reject("kernel_size", "does not go with 14 filters");
  }
  /// Wherever it stands.
  bool operator==(const ExampleLayer& other) const {
    return name == other.name && type == other.type && filters == other.filters &&
           kernel_size == other.kernel_size && padding == other.padding &&
           output_padding == other.output_padding;
  }
};

struct ExampleModel {
  Shape input;
  std::vector<ExampleLayer> layer;
  void keys(Keys& key) {
    key.required("input", input, "", at_least(0));
    key.tables("layer", layer, "");
  }
  bool operator==(const ExampleModel&) const = default;
};

struct ExampleTraining {
  Index epochs = 20;
  double learning_rate = 1e-3;
  NumberRange sigma{0.1, 0.5};
  std::string optimizer = "adam";
  std::vector<std::string> metrics{"psnr"};
  bool shuffle = true;
  void keys(Keys& key) {
    key("epochs", epochs, "", at_least(1));
    key("learning_rate", learning_rate, "", greater_than(0.0));
    key("sigma", sigma, "", between(0.0, 1.0));
    key("optimizer", optimizer, "", one_of({"adam", "sgd"}));
    key("metrics", metrics, "", one_of({"psnr", "mse"}));
    key("shuffle", shuffle, "");
  }
  bool operator==(const ExampleTraining&) const = default;
};

struct ExampleConfig {
  std::string name = "example";
  ExampleModel model;
  ExampleTraining training;
  void keys(Keys& key) {
    key("name", name, "");
    key.table("model", model, "");
    key.table("training", training, "");
  }
  bool operator==(const ExampleConfig&) const = default;
};

inline const std::string kExample = R"(name = "deep"

[model]
input = [28, 28, 1]

[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 8

[[model.layer]]
type = "Conv2D"
filters = 16
kernel_size = [3, 5]

[training]
epochs = 5
)";

inline ExampleConfig parse(const std::string& text,
                           const std::vector<std::string>& overrides = {}) {
  ExampleConfig config;
  parse_config(text, "a.toml", overrides, config);
  return config;
}

/// The message of the InputError that reading ends in; "" if it does not.
inline std::string error_of(const std::string& text,
                            const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The example with one piece of its text replaced.
inline std::string example_with(const std::string& old_text, const std::string& new_text) {
  std::string text = kExample;
  return text.replace(text.find(old_text), old_text.size(), new_text);
}

}  // namespace adjoint
