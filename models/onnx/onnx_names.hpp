#pragma once

#include <cstdint>
#include <string>

namespace adjoint {

/// A name out of a foreign file, for a message: in quotes, at most 80 bytes of it, and ? for bytes
/// that a terminal might obey.
std::string onnx_quoted(const std::string& name);

/// Which node it is: `the operator Conv (node "conv1", opset 13)`.
std::string onnx_place(const std::string& op, const std::string& node, std::int64_t opset);

}  // namespace adjoint
