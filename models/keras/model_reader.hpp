#pragma once

#include <string>
#include <vector>

#include "models/keras/json_text.hpp"
#include "models/model_spec.hpp"

namespace adjoint::keras {

/// A layer of a Keras model, or a model in it: where a file's weights belong.
struct Part {
  std::string name;        // as Keras calls it
  std::string class_name;  // "Conv2D", "Functional"
  bool trainable = true;
  /// Adjoint's name of the layer that takes the weights; empty for a model, and where none does.
  std::string layer;
  std::vector<Part> parts;  // of a model, in its order
};

/// A model as a Keras file describes it, without weights.
struct ModelDescription {
  std::string name;
  ModelSpec spec;
  Part whole;
  std::vector<std::string> notes;  // of what was left out without changing a result
};

/// Reads the description of a Sequential or Functional model, models in it included. A layer that
/// is called twice becomes two, the second with shared_with. `file` is for messages; `keras3` says
/// who wrote it. Throws InputError naming file and layer where Adjoint has no such layer or
/// argument, where the model has several inputs or outputs, or where its graph is not one.
ModelDescription read_model(const Json& model, const std::string& file, bool keras3);

}  // namespace adjoint::keras
