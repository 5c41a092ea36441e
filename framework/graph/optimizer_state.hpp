#pragma once

#include <map>
#include <string>

#include "framework/graph/model.hpp"

namespace adjoint {

/// State of an optimizer: tensors by parameter and slot name ("enc1/kernel" -> "m"), and the
/// number of steps taken.
struct OptimizerState {
  Index step = 0;
  std::map<std::string, std::map<std::string, Tensor>> slots;
  /// Moving averages of the parameters, by name; empty where none are kept.
  std::map<std::string, Tensor> averages;
};

/// Puts the averages, where there are any, in the place of a model's parameters. Throws InputError
/// if one has another shape than its parameter.
void put_averages(const OptimizerState& state, Model& model);

}  // namespace adjoint
