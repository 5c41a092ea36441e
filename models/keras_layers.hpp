#pragma once

// What Keras's layers are given. To add one, write what its get_config() adds to a Layer's and a
// line in the table in keras_layers.cpp.

#include <nlohmann/json.hpp>
#include <string>

#include "framework/layers/layer.hpp"

namespace adjoint {

using KerasJson = nlohmann::ordered_json;

/// Why Keras has no such model: "Keras has no " + reason.
struct NotInKeras {
  std::string reason;
};

/// One of a model's layers.
struct KerasLayer {
  const Layer& layer;
  const Activation& activation;  // activation after the layer
  const LayerShapes& shapes;
};

/// Adds the arguments of Keras's layer of the same type to `config`. Throws NotInKeras if there is
/// none, or it has no such argument.
void add_keras_arguments(const KerasLayer& layer, KerasJson& config);

/// True for an activation with an argument, to which Keras gives a layer: LeakyReLU, ELU.
bool has_class(const Activation& activation);
/// Keras's name of the activation function. Throws NotInKeras if it has none.
std::string_view keras_activation(const Activation& activation);
/// Null for one that is 0.
KerasJson keras_regularizer(const Regularizer& regularizer);

}  // namespace adjoint
