#include <dlfcn.h>

#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_module.hpp"

namespace adjoint {
namespace {

const OnnxModule* load_onnx_module() {
  void* const module = ::dlopen(kOnnxModule, RTLD_NOW | RTLD_LOCAL);
  if (!module) {
    throw RunError(
        "the module for ONNX files cannot be loaded ({}); install libonnx1, and build with "
        "libonnx-dev and libprotobuf-dev installed",
        ::dlerror());
  }
  const auto get = reinterpret_cast<GetOnnxModule*>(::dlsym(module, kOnnxModuleEntry));
  if (!get) throw RunError("{} is not of this version: install both together", kOnnxModule);
  return get();
}

}  // namespace

const OnnxModule& onnx_module() {
  static const OnnxModule* const module = load_onnx_module();
  return *module;
}

}  // namespace adjoint
