#include "models/onnx/read_onnx.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_file.hpp"
#include "models/onnx/onnx_names.hpp"
#include "models/onnx/onnx_reader.hpp"

namespace adjoint {
namespace {

/// The input whose axes after the batch are ours in the order `axes`.
OnnxReading reading_of(const OnnxValue& input, const std::vector<int>& axes) {
  OnnxReading reading{.axes = {0}};
  const int rank = input.extents.size() == 2 ? 1 : 3;
  for (int axis = 0; axis < rank; ++axis) reading.input.push_back(1);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    reading.axes.push_back(axes[i]);
    reading.input[axes[i] - 1] = input.extents[i + 1].size;
  }
  reading.is_channels_first = rank == 1 || axes[0] == 3;
  return reading;
}

/// How the input may be meant, the likeliest first.
std::vector<OnnxReading> readings_of(const OnnxValue& input) {
  const auto extent = [&](std::size_t i) { return input.extents[i].size; };
  if (input.extents.size() == 2) return {reading_of(input, {1})};
  if (input.extents.size() == 3)  // (channels, steps), (height, width) or (steps, channels)
    return {reading_of(input, {3, 2}), reading_of(input, {1, 2}), reading_of(input, {2, 3})};
  std::vector<OnnxReading> readings{reading_of(input, {3, 1, 2}), reading_of(input, {1, 2, 3})};
  constexpr std::int64_t kFewChannels = 4;
  const auto is_few = [&](std::int64_t size) { return size > 0 && size <= kFewChannels; };
  const bool may_be_square = extent(2) == extent(3);  // as images and codes mostly are
  const bool is_gray = extent(3) == 1 && extent(1) > 1 && extent(2) > 1;
  if (is_few(extent(3)) && !may_be_square && (is_gray || !is_few(extent(1))))
    std::ranges::reverse(readings);
  return readings;
}

ForeignModel read_as(const OnnxGraph& graph, const OnnxReading& reading, std::size_t& progress) {
  const Shape& shape = reading.input;
  if (shape.back() == 0) throw InputError("its input leaves the number of channels open");
  OnnxReader reader(graph, reading);
  try {
    reader.read();
  } catch (const InputError&) {
    progress = reader.progress();
    throw;
  }
  progress = reader.progress();
  ForeignModel model = reader.model(reading);
  if (std::ranges::count(shape, 0) == 0) return model;
  // Nothing that went into the layers may depend on a size that is open.
  OnnxReading larger = reading;
  larger.open_height *= 2;
  larger.open_width *= 2;
  OnnxReader again(graph, larger);
  again.read();
  if (again.worked_out() != reader.worked_out() ||
      again.model(larger).spec.layers.size() != model.spec.layers.size())
    throw InputError(
        "its layers depend on the image's height and width, which it leaves open; export it for "
        "one "
        "size");
  return model;
}

}  // namespace

ForeignModel read_onnx(const std::string& path) {
  const OnnxGraph graph = read_onnx_graph(path);
  if (graph.inputs.size() != 1 || graph.outputs.empty())
    throw InputError("{}: the model takes {} inputs and gives {} outputs; expected one of each",
                     path, graph.inputs.size(), graph.outputs.size());
  const OnnxValue& input = graph.inputs[0];
  if (input.extents.size() < 2 || input.extents.size() > 4)
    throw InputError(
        "{}: the model's input {} has {} axes; expected (batch, channels, height, width), (batch, "
        "channels, steps) or (batch, numbers)",
        path, onnx_quoted(input.name), input.extents.size());
  std::string refusal;
  std::size_t furthest = 0;
  for (const OnnxReading& reading : readings_of(input)) {
    std::size_t progress = 0;
    try {
      ForeignModel model = read_as(graph, reading, progress);
      if (graph.outputs.size() > 1)
        model.notes.push_back(fmt::format("Only the first of the {} outputs was kept, {}.",
                                          graph.outputs.size(),
                                          onnx_quoted(graph.outputs[0].name)));
      return model;
    } catch (const InputError& error) {
      if (refusal.empty() || progress > furthest) refusal = error.what();
      furthest = std::max(furthest, progress);
    }
  }
  throw InputError("{}: {}", path, refusal);
}

}  // namespace adjoint
