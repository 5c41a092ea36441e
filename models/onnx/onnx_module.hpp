#pragma once

// What onnx_file.cpp and the module that holds the ONNX library agree on.

#include <string>

#include "models/onnx/onnx_graph.hpp"

namespace adjoint {

struct OnnxModule {
  /// The bytes of a file. Throws InputError if they are more than the format holds, RunError if
  /// ONNX's checker refuses the model.
  std::string (*encode)(const OnnxGraph& graph);
  /// As read_onnx_graph().
  OnnxGraph (*decode)(const std::string& path);
};

inline constexpr const char* kOnnxModule = "libadjoint_onnx_library.so";
inline constexpr const char* kOnnxModuleEntry = "adjoint_onnx_module_1";
using GetOnnxModule = const OnnxModule*();

/// The module, loaded when it is first asked for: a program that reads no ONNX file starts without
/// ONNX's libraries. Throws RunError if it is not there.
const OnnxModule& onnx_module();

}  // namespace adjoint
