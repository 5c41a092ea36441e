#pragma once

// ONNX files. Where the ONNX library and protobuf are named: onnx_library.cpp, a module that is
// loaded with the first file.

#include <string>

#include "models/onnx/onnx_graph.hpp"

namespace adjoint {

/// Writes a model whole or not at all, once ONNX's checker and shape inference have accepted it.
/// Throws RunError if it cannot be written or the module is missing, InputError if an earlier file
/// is of another kind or the model is larger than the 2 GiB that the format holds.
void write_onnx_graph(const std::string& path, const OnnxGraph& graph);

/// Reads a model as a stranger may have written it. Throws InputError naming the file and the
/// object if it is missing, damaged or larger than 2 GiB, keeps numbers in other files, holds
/// subgraphs, functions, cycles, values that nothing makes or operators of another domain, or
/// disagrees with itself about how many numbers there are.
OnnxGraph read_onnx_graph(const std::string& path);

}  // namespace adjoint
