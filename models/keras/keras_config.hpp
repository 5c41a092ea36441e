#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// The `model_config` that Keras 2 keeps in its HDF5 files: JSON text of a "Functional" model.
/// Nothing if Keras has no such layer or argument; then `why_not`, if given, says what.
///
/// An activation that Keras's layer does not take becomes a layer of its own, "<name>_activation".
/// A tied kernel becomes two, and output_like the output_padding that gives the same size: where
/// the model's input is open, the same for every size that the strides divide.
std::optional<std::string> keras_config(const Model& model, std::string_view name,
                                        std::string* why_not = nullptr);

/// The config.json of Keras 3's archives. Throws InputError where Keras has no such model.
std::string keras3_config(const Model& model, std::string_view name);

/// A layer with weights, as Keras orders them.
struct KerasWeights {
  std::string layer;              // Keras's name
  std::string class_name;         // "Conv2D"
  std::vector<Index> parameters;  // positions in Model::parameters()
};
std::vector<KerasWeights> keras_weights(const Model& model);

}  // namespace adjoint
