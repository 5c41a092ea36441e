#pragma once

// Models that hold every type of layer, for what writes and reads ONNX.

#include <string>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

struct OnnxCase {
  std::string name;
  std::string input;                // of the model, as a config has it
  std::vector<std::string> layers;  // texts below [[model.layer]]
  Shape sample;                     // that is run; the model's own input if empty
};

/// Each type of layer in each of its ways.
std::vector<OnnxCase> onnx_cases();

/// The model of a case, every parameter a random number, variances positive.
Model build_case(const OnnxCase& one);
void randomize(Model& model);

/// Samples of a shape and what a model makes of them.
struct OnnxRun {
  Tensor input, output;
};
OnnxRun run_model(const Model& model, const Shape& sample, Index batch = 2);

/// The numbers of a batch in ONNX's order: images channel by channel.
std::vector<float> channels_first(const Tensor& batch);
/// Extents of a batch in ONNX's order.
std::vector<Index> channels_first_shape(const Tensor& batch);

}  // namespace adjoint
