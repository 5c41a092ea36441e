#pragma once

#include <string>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// For each node a Python identifier, all different: the node's name with _ for other characters.
/// Names that Python, a torch.nn.Module or the generated file needs get a _ at the end, and names
/// that begin with a digit "layer_" in front.
std::vector<std::string> python_names(const Model& model);

/// A class's name made of any text: "fashion-denoiser" gives "FashionDenoiser".
std::string python_class(const std::string& name);

}  // namespace adjoint
