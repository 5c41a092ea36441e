#pragma once

#include <string>
#include <vector>

#include "models/keras/layer_arguments.hpp"
#include "models/model_spec.hpp"

namespace adjoint::keras {

/// The layers that stand for one of Keras's, each taking the one before. `name` is what is added to
/// its name: nothing for the layer itself. None at all: the input passes through.
struct LayerChain {
  std::vector<LayerSpec> layers;
  /// Axes of the output with the batch, as Keras counts them: 4 for images, 3 for steps, which are
  /// images of one row here, 2 for vectors.
  int axes = 4;
};

/// Reads a layer; `axes` are those of its inputs. Throws InputError naming file and layer if
/// Adjoint has no such layer, or an argument means something that Adjoint lacks.
LayerChain read_layer(LayerArguments& arguments, const std::vector<int>& axes);

/// Whether Adjoint reads a layer of that class.
bool knows_layer(std::string_view class_name);
/// The classes that Adjoint reads, in the order of a table for people.
std::vector<std::string_view> layer_classes();

}  // namespace adjoint::keras
