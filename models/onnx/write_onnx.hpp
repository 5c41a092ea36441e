#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// factor * x + offset, one number for each channel or one for all.
struct OnnxScaling {
  std::vector<double> factor;
  std::vector<double> offset;
};

struct OnnxOptions {
  std::string model_name = "model";
  /// Made part of the graph before the model, so that the file takes images as they are: factor 1 /
  /// range and offset -offset / range of a normalization.
  std::optional<OnnxScaling> input_scaling = {};
  /// The same behind the model: the way back.
  std::optional<OnnxScaling> output_scaling = {};
};

/// The operators of every file that is written. Version 13 of 2020 is the first in which Softmax
/// works along one axis, and the oldest runtimes that are in use read it.
inline constexpr int kOnnxOpset = 13;

/// Writes a model, as it runs in inference, for ONNX Runtime and other programs: one input "input"
/// and one output "output" of 32-bit floats, images (batch, channels, height, width). The batch is
/// open, and so are height and width where the model's are. Kernels that layers share are stored
/// once.
///
/// Where height and width are open, a Conv2DTranspose with output_like gives the same size as here
/// for images whose size all strides divide, and for others the next such size.
///
/// Throws InputError naming the layer if ONNX cannot say what it does, and as write_atomically()
/// does.
void write_onnx(const std::string& path, const Model& model, const OnnxOptions& options = {});

}  // namespace adjoint
