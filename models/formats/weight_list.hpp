#pragma once

// Weights that stand in a file without their model: a PyTorch state_dict, an .npz or .h5 of arrays.
// They are put into a model that is given, by name or by order.

#include <array>
#include <span>
#include <string>
#include <vector>

#include "framework/graph/model.hpp"
#include "framework/settings/named_enum.hpp"
#include "framework/storage/checkpoint.hpp"
#include "models/formats/tensor_layout.hpp"

namespace adjoint {

/// An array of a file, as the file has it.
struct ForeignWeight {
  std::string name;
  Tensor value;
};

/// Names and axes that a file's weights have.
enum class WeightLayout {
  keras,   // "enc1/kernel" or "enc1/enc1/kernel:0", in Adjoint's own axes: Keras, NumPy
  pytorch  // "enc1.weight", channels first
};

/// A place that a model offers to a file's weight.
struct WeightSlot {
  std::vector<std::string> names;  // any of them
  std::string kind;                // the last part of the name: "kernel"
  Index parameter = -1;            // position in Model::parameters(); -1: Adjoint has none
  Real constant = 0;               // then: the only value that changes nothing
  TensorLayout layout;
  /// A file may lack it: a constant, or a tied kernel that has stood before.
  bool optional = false;
};

/// A model's places in the order in which the program that the layout names writes them.
std::vector<WeightSlot> weight_slots(const Model& model, WeightLayout layout);

enum class WeightMatch {
  by_name,
  by_order  // as the layers follow each other: kinds and shapes must agree
};
constexpr std::array<std::string_view, 2> config_names(WeightMatch) {
  return {"name", "order"};
}

/// Puts weights into a model, all of them or none. Counters of batches (num_batches_tracked) are
/// passed over. By name, prefixes that all names have ("module.", "model.") and other characters
/// than letters and digits make no difference. Throws InputError that begins with `path` and lists
/// every misfit: what is missing, what is too much, and both shapes of what has another one. What
/// is taken is returned by the names in the model.
WeightTransfer assign_weights(const std::string& path, std::span<const ForeignWeight> weights,
                              WeightLayout layout, WeightMatch match, Model& model);

}  // namespace adjoint
