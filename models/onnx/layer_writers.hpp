#pragma once

// How each type of layer is written to ONNX: the table that write_onnx.cpp walks.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/graph/model.hpp"
#include "models/onnx/graph_builder.hpp"

namespace adjoint {

/// A layer that is being written. Shapes are of two runs on images of different sizes: what differs
/// between them depends on a size that the model leaves open.
struct OnnxLayerCall {
  const Model& model;
  const Node& node;
  LayerShapes shapes, other_shapes;
  Shape output, other_output;
  std::vector<std::string> inputs;  // values
  /// Of a Dense after an image: the image whose numbers its input holds channel by channel.
  Shape input_image;
  /// Of a Dense before a Reshape: the image whose numbers its output is to hold so.
  Shape output_image;
  OnnxGraphBuilder& graph;

  bool is_image() const { return shapes.inputs[0].rank() == 3; }
  /// One of the layer's parameters, in Adjoint's layout.
  OnnxTensor parameter(std::size_t i) const;
  /// Its name in the file.
  const std::string& parameter_name(std::size_t i) const;
  /// Adds a parameter, its axes in the order `axes` and then under the shape `dims`, and returns
  /// its name. Empty: as they are.
  std::string add_parameter(std::size_t i, const OnnxInts& axes = {},
                            const OnnxInts& dims = {}) const;
  std::string name(std::string_view part) const { return node.name + "/" + std::string(part); }
};

/// The axes of a batch, in ONNX's order: (0, 3, 1, 2) for images, else as they are.
OnnxInts onnx_order(int rank);
/// Where ONNX has an axis of a batch.
std::int64_t onnx_axis(std::int64_t axis, int rank);

struct OnnxLayer {
  std::string_view type;
  /// The operators, for documentation; "" where nothing is written.
  std::string_view operators;
  /// Adds what the layer does, without the activation of every layer, and returns the output.
  /// Throws InputError where ONNX has no such thing.
  std::string (*write)(const OnnxLayerCall& layer);
};
/// Every type of layer.
std::span<const OnnxLayer> onnx_layers();

/// Adds an activation and returns its output; `axis` is that of the channels.
std::string write_onnx_activation(const Activation& activation, const std::string& name,
                                  const std::string& input, std::int64_t axis,
                                  OnnxGraphBuilder& graph);

// The layers that walk over an image: convolution_writers.cpp.
std::string write_onnx_convolution(const OnnxLayerCall& layer);
std::string write_onnx_transposed_convolution(const OnnxLayerCall& layer);
std::string write_onnx_depthwise(const OnnxLayerCall& layer);
std::string write_onnx_separable(const OnnxLayerCall& layer);
std::string write_onnx_max_pooling(const OnnxLayerCall& layer);
std::string write_onnx_average_pooling(const OnnxLayerCall& layer);

}  // namespace adjoint
