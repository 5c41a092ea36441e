#pragma once

// How the versions of Keras write, in `inbound_nodes`, `input_layers` and `output_layers`, which
// tensors a call takes.

#include <string>
#include <vector>

#include "framework/tensor/shape.hpp"
#include "models/keras/json_text.hpp"

namespace adjoint::keras {

/// Names a tensor: output `tensor` of call `node` of a layer.
struct Reference {
  std::string layer;
  Index node = 0;
  Index tensor = 0;
};

/// One call of a layer or a function.
struct InboundCall {
  std::vector<Reference> inputs;  // in the order of the arguments
  /// Arguments that are not tensors, by name. A number in the place of a function's first or second
  /// tensor is called "x" or "y".
  Json options = Json::object();
};

/// Reads an entry of `inbound_nodes`; `where` is it for messages: "model.h5: conv2d". Throws
/// InputError if an input does not name a layer.
InboundCall read_inbound_call(const Json& node, const std::string& where);

/// Reads `input_layers` or `output_layers`: one tensor, a list of them, or an object. Throws
/// InputError if it names no layers.
std::vector<Reference> read_ends(const Json& list, const std::string& where);

}  // namespace adjoint::keras
