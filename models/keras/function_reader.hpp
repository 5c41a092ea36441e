#pragma once

// Calls of functions in a Functional model: `x + y`, `tf.concat`, `keras.ops.relu`.

#include <optional>
#include <string>
#include <vector>

#include "models/keras/layer_arguments.hpp"

namespace adjoint::keras {

/// The function that a layer of a file calls, as TensorFlow or Keras names it ("tf.math.multiply",
/// "keras.ops.relu"); nothing if it is a layer.
std::optional<std::string> called_function(const Json& layer);

/// The Keras layer, {"class_name", "config"}, that does what a call of the function does. `options`
/// are the arguments of the call that are no tensors, "x" and "y" those in a tensor's place;
/// `inputs` is how many tensors it takes. Throws InputError naming file, layer and function where
/// Adjoint does not read it.
Json layer_of_function(const std::string& function, LayerArguments& options, std::size_t inputs);

/// The functions that Adjoint reads, in the order of a table for people.
std::vector<std::string> function_names();

}  // namespace adjoint::keras
