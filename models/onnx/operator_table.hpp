#pragma once

#include <span>
#include <string_view>

namespace adjoint {

class OnnxReader;

/// An operator that is read.
struct OnnxOperator {
  std::string_view op;
  std::string_view layers;  // what it becomes, for documentation
  void (*read)(OnnxReader& reader);
};
std::span<const OnnxOperator> onnx_operators();
/// Null if there is none of that name.
const OnnxOperator* find_onnx_operator(std::string_view op);

// The rows' functions, by subject.

// read_convolutions.cpp
void read_onnx_conv(OnnxReader& reader);
void read_onnx_conv_transpose(OnnxReader& reader);
void read_onnx_pool(OnnxReader& reader);
void read_onnx_global_pool(OnnxReader& reader);
// read_products.cpp
void read_onnx_gemm(OnnxReader& reader);
void read_onnx_matmul(OnnxReader& reader);
// read_elementwise.cpp
void read_onnx_activation(OnnxReader& reader);
void read_onnx_clip(OnnxReader& reader);
void read_onnx_prelu(OnnxReader& reader);
void read_onnx_softmax(OnnxReader& reader);
void read_onnx_arithmetic(OnnxReader& reader);
void read_onnx_merge(OnnxReader& reader);
void read_onnx_nothing(OnnxReader& reader);
void read_onnx_erf(OnnxReader& reader);
// read_normalizations.cpp
void read_onnx_batch_normalization(OnnxReader& reader);
void read_onnx_instance_normalization(OnnxReader& reader);
void read_onnx_layer_normalization(OnnxReader& reader);
void read_onnx_mean(OnnxReader& reader);
void read_onnx_square(OnnxReader& reader);
void read_onnx_root(OnnxReader& reader);
// read_shapes.cpp
void read_onnx_view(OnnxReader& reader);
void read_onnx_transpose(OnnxReader& reader);
void read_onnx_concat(OnnxReader& reader);
void read_onnx_slice(OnnxReader& reader);
void read_onnx_pad(OnnxReader& reader);
void read_onnx_resize(OnnxReader& reader);
void read_onnx_depth_to_space(OnnxReader& reader);
void read_onnx_space_to_depth(OnnxReader& reader);

}  // namespace adjoint
