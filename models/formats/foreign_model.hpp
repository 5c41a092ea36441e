#pragma once

#include <map>
#include <set>
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

/// Names of layers: each once, and of the characters that a layer's name may have.
class LayerNames {
 public:
  /// The name with _ for other characters than letters, digits, _ and -, and with a number behind
  /// it where it was given before.
  std::string add(std::string name);

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;
};

}  // namespace adjoint
