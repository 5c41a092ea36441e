#include "models/onnx/onnx_file.hpp"

#include <span>

#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_module.hpp"

namespace adjoint {

void write_onnx_graph(const std::string& path, const OnnxGraph& graph) {
  const std::string bytes = [&] {
    try {
      return onnx_module().encode(graph);
    } catch (const InputError& error) {
      throw InputError("{}: {}", path, error.what());
    } catch (const RunError& error) {
      throw RunError("{}: {}; nothing was written", path, error.what());
    }
  }();
  write_atomically(path, {std::as_bytes(std::span(bytes))});
}

OnnxGraph read_onnx_graph(const std::string& path) {
  return onnx_module().decode(path);
}

}  // namespace adjoint
