#include "models/onnx/operator_table.hpp"

#include <algorithm>

namespace adjoint {
namespace {

constexpr OnnxOperator kOperators[] = {
    {"Conv", "Conv2D; DepthwiseConv2D for as many groups as channels", read_onnx_conv},
    {"ConvTranspose", "Conv2DTranspose", read_onnx_conv_transpose},
    {"MaxPool", "MaxPooling2D", read_onnx_pool},
    {"AveragePool", "AveragePooling2D, behind a ZeroPadding2D where padding counts",
     read_onnx_pool},
    {"GlobalAveragePool", "GlobalAveragePooling2D", read_onnx_global_pool},
    {"GlobalMaxPool", "GlobalMaxPooling2D", read_onnx_global_pool},
    {"ReduceMean", "GlobalAveragePooling2D, or a part of a LayerNormalization", read_onnx_mean},
    {"Gemm", "Dense", read_onnx_gemm},
    {"MatMul", "Dense", read_onnx_matmul},
    {"Add", "Add; with a constant the bias of the layer before, or Rescaling",
     read_onnx_arithmetic},
    {"Sub", "Subtract; with a constant as Add", read_onnx_arithmetic},
    {"Mul", "Multiply; with a constant Rescaling, or DepthwiseConv2D of 1x1 for each channel",
     read_onnx_arithmetic},
    {"Div", "as Mul, with a constant alone", read_onnx_arithmetic},
    {"Neg", "Rescaling", read_onnx_nothing},
    {"Pow", "Multiply, for a power of 2 or 3", read_onnx_square},
    {"Sqrt", "a part of a LayerNormalization", read_onnx_root},
    {"Erf", "a part of a gelu", read_onnx_erf},
    {"Sum", "Add", read_onnx_merge},
    {"Mean", "Average", read_onnx_merge},
    {"Max", "Maximum", read_onnx_merge},
    {"Relu", "activation relu", read_onnx_activation},
    {"LeakyRelu", "activation leaky_relu", read_onnx_activation},
    {"Elu", "activation elu", read_onnx_activation},
    {"Selu", "activation elu, and Rescaling", read_onnx_activation},
    {"Gelu", "activation gelu", read_onnx_activation},
    {"Sigmoid", "activation sigmoid", read_onnx_activation},
    {"HardSigmoid", "activation hard_sigmoid, behind a Rescaling if its slope is not 1/6",
     read_onnx_activation},
    {"HardSwish", "activation hard_sigmoid, and Multiply", read_onnx_activation},
    {"Mish", "activations softplus and tanh, and Multiply", read_onnx_activation},
    {"Tanh", "activation tanh", read_onnx_activation},
    {"Softplus", "activation softplus", read_onnx_activation},
    {"Softmax", "activation softmax", read_onnx_softmax},
    {"PRelu", "PReLU", read_onnx_prelu},
    {"Clip", "activation relu or hard_sigmoid between two Rescalings", read_onnx_clip},
    {"BatchNormalization", "BatchNormalization", read_onnx_batch_normalization},
    {"InstanceNormalization", "GroupNormalization", read_onnx_instance_normalization},
    {"LayerNormalization", "LayerNormalization", read_onnx_layer_normalization},
    {"Reshape", "Flatten, Reshape, or nothing", read_onnx_view},
    {"Flatten", "Flatten", read_onnx_view},
    {"Squeeze", "", read_onnx_view},
    {"Unsqueeze", "", read_onnx_view},
    {"Transpose", "", read_onnx_transpose},
    {"Identity", "", read_onnx_nothing},
    {"Dropout", "", read_onnx_nothing},
    {"Cast", "", read_onnx_nothing},
    {"Concat", "Concatenate; ZeroPadding2D where it mirrors a border", read_onnx_concat},
    {"Slice", "Cropping2D", read_onnx_slice},
    {"Pad", "ZeroPadding2D, and Cropping2D for negative pads", read_onnx_pad},
    {"Resize", "UpSampling2D", read_onnx_resize},
    {"Upsample", "UpSampling2D", read_onnx_resize},
    {"DepthToSpace", "DepthToSpace", read_onnx_depth_to_space},
    {"SpaceToDepth", "SpaceToDepth", read_onnx_space_to_depth},
};

}  // namespace

std::span<const OnnxOperator> onnx_operators() {
  return kOperators;
}

const OnnxOperator* find_onnx_operator(std::string_view op) {
  const auto* const found = std::ranges::find(kOperators, op, &OnnxOperator::op);
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace adjoint
