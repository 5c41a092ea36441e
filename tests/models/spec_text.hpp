#pragma once

#include <string>
#include <vector>

#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

/// A config that holds a model alone.
struct ModelConfig {
  ModelSpec model;
  void keys(Keys& key) { key.table("model", model, ""); }
};

inline ModelSpec parse_model(const std::string& text) {
  ModelConfig config;
  parse_config(text, "a.toml", {}, config);
  return config.model;
}
inline Model build(const std::string& text, std::uint64_t seed = 1) {
  return build_model(parse_model(text), seed);
}

/// The message of the InputError that a step ends in; "" if it does not.
template <class Step>
std::string error_of(Step step) {
  try {
    step();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}
inline std::string build_error(const std::string& text) {
  return error_of([&] { build(text); });
}

/// [model] with `input`, and layers, each given as the text below its header.
inline std::string model_text(const std::string& input, const std::vector<std::string>& layers) {
  std::string text = "[model]\ninput = " + input + "\n";
  for (const std::string& layer : layers) text += "[[model.layer]]\n" + layer + "\n";
  return text;
}

}  // namespace adjoint
