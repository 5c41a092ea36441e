#pragma once

// What each layer of a model makes of one image, in numbers.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "framework/graph/model.hpp"
#include "inference/inspection/table.hpp"

namespace adjoint {

/// The output of one layer, after its activation function.
struct LayerActivation {
  std::string layer, type, activation;
  Tensor values;  // (height, width, channels), or (units)
  double least = 0, greatest = 0, mean = 0, standard_deviation = 0;
  double zeros = 0;           // share of the values that are 0
  std::vector<Index> silent;  // channels, or units, that are 0 everywhere

  Shape shape() const { return shape_of(values); }
  Index channels() const { return shape().back(); }
};

struct ActivationReport {
  std::string image;                    // its name
  Shape whole;                          // of the image, (height, width, channels)
  Shape input;                          // of the part of it that the model was given
  std::vector<LayerActivation> layers;  // in the model's order, the input first
};

/// Looks at the outputs of all nodes of a model for one image.
std::vector<LayerActivation> report_activations(const Model& model, std::vector<Tensor> outputs);

/// Says which part of which image was looked at.
std::string activation_sentence(const ActivationReport& report);
Table activation_table(const ActivationReport& report);
std::string activation_legend();
/// All of it for a terminal.
std::string activation_text(const ActivationReport& report);
/// The numbers; the outputs themselves are left out.
nlohmann::ordered_json activation_json(const ActivationReport& report);

}  // namespace adjoint
