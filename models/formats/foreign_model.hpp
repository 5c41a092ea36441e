#pragma once

#include <map>
#include <string>
#include <vector>

#include "framework/graph/model.hpp"
#include "models/model_spec.hpp"

namespace adjoint {

/// A model as a file of another program describes it, in Adjoint's words.
struct ForeignModel {
  std::string name;
  ModelSpec spec;
  /// Every parameter by its name in the Model, "conv2d/kernel", in Adjoint's layout.
  std::map<std::string, Tensor> weights;
  /// What was left out because it changes no result, one sentence each.
  std::vector<std::string> notes;
};

/// The model, with its weights. Throws InputError naming the file, the layer and what does not fit
/// if a weight is missing, too many or of another shape, or is not finite.
Model build_model(const ForeignModel& foreign, const std::string& path);

}  // namespace adjoint
