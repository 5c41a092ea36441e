#include "inference/inspection/layers/checkerboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/graph/predictor.hpp"
#include "framework/tensor/error.hpp"
#include "inference/inspection/layers/layer_report.hpp"
#include "inference/inspection/layers/receptive_field.hpp"

namespace adjoint {
namespace {

constexpr int kGraySteps = 4;
constexpr Index kWantedBlocks = 4;  // along an axis
constexpr Index kLargestInput = 1024;

bool is_multiple(const WindowAxis& axis) {
  return axis.kernel % axis.stride == 0;
}

std::vector<UnevenLayer> uneven_layers(const Model& model, const std::vector<Shape>& shapes) {
  std::vector<UnevenLayer> uneven;
  for (Index n = 1; n <= model.output(); ++n) {
    const Node& node = model.nodes()[n];
    if (node.layer->type() != "Conv2DTranspose") continue;
    const LayerWindow window = node.layer->window(model.layer_shapes(n, shapes));
    if (is_multiple(window.vertical) && is_multiple(window.horizontal)) continue;
    uneven.push_back({.name = node.name,
                      .kernel = {window.vertical.kernel, window.horizontal.kernel},
                      .stride = {window.vertical.stride, window.horizontal.stride}});
  }
  return uneven;
}

/// Whether any layer changes the number of positions by more than its borders.
bool has_strides(const Model& model, const std::vector<Shape>& shapes) {
  for (Index n = 1; n <= model.output(); ++n) {
    const LayerWindow window = model.nodes()[n].layer->window(model.layer_shapes(n, shapes));
    if (window.vertical.stride > 1 || window.horizontal.stride > 1) return true;
  }
  return false;
}

bool holds_blocks(const Interior& interior, Index blocks) {
  return interior.count >= blocks * interior.period;
}

bool holds_blocks(const OutputInterior& interior, Index blocks) {
  return holds_blocks(interior.vertical, blocks) && holds_blocks(interior.horizontal, blocks);
}

/// The smallest of the usual input and its doubles that leaves enough blocks inside; the largest
/// that was tried, if none does.
Shape roomy_input(const Model& model) {
  Shape input = typical_input(model);
  while (true) {
    const auto interior = output_interior(model, model.infer(input));
    if (!interior || holds_blocks(*interior, kWantedBlocks)) return input;
    Shape larger = input;
    for (int axis = 0; axis < 2; ++axis) {
      if (model.input_shape()[axis] == 0) larger[axis] *= 2;
    }
    if (larger == input || std::max(larger[0], larger[1]) > kLargestInput) return input;
    try {
      model.infer(larger);
    } catch (const InputError&) {
      return input;
    }
    input = larger;
  }
}

/// Mean over the blocks of the interior: (stride, stride, channels), row-major.
std::vector<double> mean_block(const Tensor& output, const OutputInterior& interior) {
  const auto [vertical, horizontal] = interior;
  const Shape shape = shape_of(output);  // (1, height, width, channels)
  const Index width = shape[2], channels = shape[3];
  const Index rows = vertical.count / vertical.period * vertical.period;
  const Index columns = horizontal.count / horizontal.period * horizontal.period;
  std::vector<double> block(
      static_cast<std::size_t>(vertical.period * horizontal.period * channels));
  const double share = static_cast<double>(vertical.period * horizontal.period) /
                       static_cast<double>(rows * columns);
  for (Index y = 0; y < rows; ++y) {
    for (Index x = 0; x < columns; ++x) {
      const Index place =
          (y % vertical.period * horizontal.period + x % horizontal.period) * channels;
      const Real* pixel =
          output.data() + ((vertical.first + y) * width + horizontal.first + x) * channels;
      for (Index c = 0; c < channels; ++c)
        block[static_cast<std::size_t>(place + c)] += share * static_cast<double>(pixel[c]);
    }
  }
  return block;
}

/// Standard deviation of each channel.
std::vector<double> deviations(const std::vector<double>& block, Index channels) {
  const auto step = static_cast<std::size_t>(channels);
  const double count = static_cast<double>(block.size() / step);
  std::vector<double> result;
  for (std::size_t c = 0; c < step; ++c) {
    double mean = 0, squares = 0;
    for (std::size_t i = c; i < block.size(); i += step) mean += block[i] / count;
    for (std::size_t i = c; i < block.size(); i += step)
      squares += (block[i] - mean) * (block[i] - mean) / count;
    result.push_back(std::sqrt(squares));
  }
  return result;
}

double root_mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double x : values) sum += x * x / static_cast<double>(values.size());
  return std::sqrt(sum);
}

}  // namespace

std::optional<Checkerboard> measure_checkerboard(const Model& model,
                                                 const Normalization& normalization) {
  if (model.input_shape().rank() != 3) return std::nullopt;
  const Shape input = roomy_input(model);
  const std::vector<Shape> shapes = model.infer(input);
  if (shapes.back().rank() != 3 || !has_strides(model, shapes)) return std::nullopt;
  Checkerboard board{.uneven_layers = uneven_layers(model, shapes)};
  const auto interior = output_interior(model, shapes);
  if (!interior) {
    board.obstacle =
        "Not measured: a layer that takes in the whole image (Dense, Flatten, a normalization over "
        "positions) makes\nthe borders reach every pixel.";
    return board;
  }
  board.stride = {interior->vertical.period, interior->horizontal.period};
  if (board.stride.h == 1 && board.stride.w == 1) return std::nullopt;
  if (!holds_blocks(*interior, 1)) {
    board.obstacle = fmt::format(
        "Not measured: in an image of {}, the borders reach every block of {}x{} pixels.",
        to_string(input), board.stride.h, board.stride.w);
    return board;
  }
  ThreadPool pool(1);
  Predictor predictor(model, {.input = input, .batch = 1}, pool);
  const bool same_channels = shapes.back().back() == input.back();
  for (int step = 0; step <= kGraySteps; ++step) {
    const double level = static_cast<double>(step) / kGraySteps;
    // Global contrast normalization would divide a constant image by its contrast of 0.
    const Contrast contrast{.mean = level, .scale = normalization.typical().scale};
    Tensor flat = make_tensor(input.batched(1), static_cast<Real>(level));
    if (normalization.any()) normalization.apply(contrast, view(flat));
    Tensor output = predictor(view(std::as_const(flat)));
    if (normalization.any() && same_channels) normalization.undo(contrast, view(output));
    const std::vector<double> channels =
        deviations(mean_block(output, *interior), shapes.back().back());
    const double score = root_mean_square(channels);
    if (step > 0 && score <= board.score) continue;
    board.score = score;
    board.gray_level = level;
    board.channels = channels;
  }
  return board;
}

}  // namespace adjoint
