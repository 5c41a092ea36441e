#pragma once

#include <string>
#include <vector>

#include "framework/graph/model.hpp"
#include "inference/inspection/layers/receptive_field.hpp"

namespace adjoint {

/// One layer in numbers; everything that depends on a batch is for one image.
struct LayerRow {
  enum class Part { encoder, latent, decoder, none };

  std::string name;
  std::string type;
  std::string activation;  // "linear" where there is none
  Part part = Part::none;
  Shape output;
  /// Parameters of the layer itself; a tied kernel counts with the layer that owns it.
  Index parameters = 0;
  Index multiply_adds = 0;
  Index activation_bytes = 0;
  ReceptiveField receptive_field;
  Shape kernel;  // rank 0: none
  std::string tied_to;
  std::string output_like;
  /// Positions, in the report, of the layers whose outputs it takes.
  std::vector<Index> inputs;
};

/// The table of layers that `adjoint inspect` prints, and its sums for one sample.
struct LayerReport {
  Shape input;
  std::vector<LayerRow> layers;  // the input first
  Index parameters = 0;
  Index trainable_parameters = 0;
  Index multiply_adds = 0;
  Index activation_bytes = 0;
};

/// Throws InputError if the model does not take this input.
LayerReport report_layers(const Model& model, const Shape& input);

/// The input to report on: the model's own shape; where that leaves a height or width open, the
/// smallest from 64 on with which the model reconstructs the size that it took, or failing that the
/// smallest that it takes.
Shape typical_input(const Model& model);

}  // namespace adjoint
