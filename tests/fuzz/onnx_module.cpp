// The module for ONNX files, linked: with the checks of the fuzz targets.

#include "models/onnx/onnx_module.hpp"

extern "C" const adjoint::OnnxModule* adjoint_onnx_module_1();

const adjoint::OnnxModule& adjoint::onnx_module() {
  return *adjoint_onnx_module_1();
}
