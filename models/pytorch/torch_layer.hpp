#pragma once

// Each type of layer in PyTorch: its torch.nn module, what forward() does with it, and the
// parameters. To add one, write its row in torch_layer.cpp and its writer in the file of its kind.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/graph/model.hpp"
#include "models/formats/tensor_layout.hpp"

namespace adjoint {

/// A parameter or buffer of a torch.nn module.
struct TorchParameter {
  std::string attribute;  // "weight"
  Index parameter = -1;   // position in Model::parameters(); -1: Adjoint has none
  Real constant = 0;      // then: all of its elements
  TensorLayout layout;
};

/// One layer in its place in the model, as its row is told of it.
struct TorchUse {
  const Node& node;
  LayerShapes shapes;
  Shape output;
  /// The model takes images of several sizes, and `shapes` are those of one of them.
  bool open = false;
  std::vector<std::string> inputs;  // Python expressions
  std::string module;               // "self.enc1"
  std::string like;                 // the image whose size output_like takes
  /// Orders of vectors, see vector_orders().
  std::optional<Shape> input_order, output_order;
};

struct TorchCode {
  std::string module;             // how it is made; empty: no module is needed
  std::string call;               // the output, before the activation of the node
  std::set<std::string> helpers;  // functions and classes that it needs: see python_helper()
  std::vector<TorchParameter> parameters;  // in the order of a state_dict
};

/// One type of layer.
struct TorchLayer {
  std::string_view type;    // Adjoint's
  std::string_view module;  // what it is in PyTorch, for tables: "nn.Conv2d"
  TorchCode (*write)(const TorchUse& use);
};
std::span<const TorchLayer> torch_layers();

/// The code of a layer. Throws InputError if its type has no row.
TorchCode torch_code(const TorchUse& use);

/// An activation applied to a Python expression of a sample of this rank.
std::string torch_activation(const Activation& activation, const std::string& of, int rank);

/// The source of a function or class that generated files hold where they need it.
std::string_view python_helper(std::string_view name);

}  // namespace adjoint
