#pragma once

#include <string>

#include "models/formats/foreign_model.hpp"

namespace adjoint {

/// A model out of an ONNX file, with its weights. Images become (height, width, channels), whether
/// the file has the channels first or last, without a layer for it: kernels are turned instead.
/// Where the file leaves height or width open, so does the model.
///
/// Throws InputError naming the file and the node for whatever no layer does: an operator that is
/// unknown or works in another way than ours, several inputs, weights in other files.
ForeignModel read_onnx(const std::string& path);

}  // namespace adjoint
