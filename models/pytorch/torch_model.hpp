#pragma once

#include <string>
#include <vector>

#include "models/formats/weight_list.hpp"
#include "models/pytorch/torch_layer.hpp"

namespace adjoint {

/// A node's lines of the generated model.
struct TorchNode {
  std::string name;    // Python's, of the variable that holds its output
  std::string module;  // the attribute that it calls: another node's where a module is called twice
  bool makes_module = false;
  TorchCode code;
  std::string expression;  // the output, with the activation
  std::string shape;       // "(N, 32, 14, 14)"
};

/// A model as PyTorch has it. Images are (N, C, H, W); other samples keep their order.
struct TorchModel {
  explicit TorchModel(const Model& model);

  const Model& model;
  std::vector<TorchNode> nodes;

  /// The entries of its state_dict that are weights, in order: a tied kernel stands in each of its
  /// modules.
  std::vector<WeightSlot> slots() const;
};

/// The value of an entry, in PyTorch's layout.
Tensor torch_value(const Model& model, const WeightSlot& slot);

}  // namespace adjoint
