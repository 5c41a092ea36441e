#pragma once

#include <string>

#include "framework/graph/model.hpp"

namespace adjoint {

/// Writes a model for PyTorch into a folder, which is made if it is missing:
///   model.safetensors  weights and running statistics, as state_dict() names and shapes them
///   model.py           a torch.nn.Module with the same layers, and load() that gives it those
///                      weights; it needs torch 1.13 or newer and nothing else
/// Images are (N, C, H, W) there. `name` becomes the name of the class. Throws InputError naming
/// the layer if PyTorch has nothing for it, RunError if a file cannot be written.
void write_pytorch(const std::string& folder, const Model& model, const std::string& name);

/// The text of model.py.
std::string pytorch_source(const Model& model, const std::string& name);

}  // namespace adjoint
