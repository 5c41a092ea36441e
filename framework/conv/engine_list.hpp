#pragma once

// The engines that engine.cpp lists, each in its own file. Only engine.cpp and the engines include
// this; everybody else asks engine.hpp.

#include "framework/conv/engine.hpp"

namespace adjoint {

extern const Engine thin_engine;
extern const Engine winograd_engine;
/// Refuses everything where a build has no oneDNN.
extern const Engine onednn_engine;
extern const Engine depthwise_engine;
extern const Engine gemm_engine;
extern const Engine reference_engine;

/// For engines that do not fuse: applies the operands' epilogue to the result of a product.
void apply_epilogue(const ConvGeometry& geometry, Product product, const ConvOperands& operands);

}  // namespace adjoint
