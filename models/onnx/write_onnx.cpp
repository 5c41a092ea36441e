#include "models/onnx/write_onnx.hpp"

#include <algorithm>
#include <numeric>

#include "framework/layers/convolution_layer.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/pooling2d.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/layer_writers.hpp"
#include "models/onnx/onnx_file.hpp"

namespace adjoint {
namespace {

constexpr Index kLargestExample = 1 << 16;

/// An image size for extents that are open: a multiple of all strides, so that "same" pads as it
/// does for every such size.
Extent2 divisible_size(const Model& model) {
  Extent2 size{1, 1};
  const auto take = [&](const Extent2& strides) {
    size = {size.h * std::min(strides.h, kLargestExample),
            size.w * std::min(strides.w, kLargestExample)};
    size = {std::min(size.h, kLargestExample), std::min(size.w, kLargestExample)};
  };
  for (const Node& node : model.nodes()) {
    if (const auto* conv = dynamic_cast<const ConvolutionLayer*>(node.layer.get()))
      take(conv->settings().strides);
    if (const auto* conv = dynamic_cast<const DepthwiseConv2D*>(node.layer.get()))
      take(conv->settings().strides);
    if (const auto* pool = dynamic_cast<const Pooling2D*>(node.layer.get()))
      take(pool->settings().strides.value_or(pool->settings().pool_size));
  }
  const auto at_least = [](Index step, Index least) { return (least + step - 1) / step * step; };
  return {at_least(size.h, model.example_shape()[0]), at_least(size.w, model.example_shape()[1])};
}

/// Writes the layers of one model.
class OnnxModelWriter {
 public:
  OnnxModelWriter(const Model& model, const OnnxOptions& options)
      : model_(model), options_(options) {
    Shape one = model.input_shape(), two = one;
    if (std::ranges::count(one, 0) > 0) {
      const Extent2 size = divisible_size(model);
      for (int axis = 0; axis < 2; ++axis) {
        if (one[axis] != 0) continue;
        one[axis] = axis == 0 ? size.h : size.w;
        two[axis] = 2 * one[axis];
      }
    }
    shapes_ = model.infer(one);
    other_shapes_ = model.infer(two);
  }

  OnnxGraph graph() {
    graph_.reserve("output");
    graph_.add_input(value("input", 0));
    values_.push_back(
        scaled("input_scaling", "input", options_.input_scaling, model_.input_shape().rank()));
    for (Index i = 1; i <= model_.output(); ++i) {
      try {
        add_node(i);
      } catch (const InputError& error) {
        const Node& node = model_.nodes()[static_cast<std::size_t>(i)];
        throw InputError("layer \"{}\" ({}) cannot be written as ONNX: {}", node.name,
                         node.layer->type(), error.what());
      }
    }
    const std::string output =
        scaled("output_scaling", values_.back(), options_.output_scaling, shapes_.back().rank());
    graph_.add_output(output, value("output", model_.output()));
    graph_.graph().name = options_.model_name;
    graph_.graph().producer = "Adjoint";
    graph_.graph().opset = kOnnxOpset;
    return std::move(graph_.graph());
  }

 private:
  const Node& node(Index i) const { return model_.nodes()[static_cast<std::size_t>(i)]; }
  const Shape& shape(Index i) const { return shapes_[static_cast<std::size_t>(i)]; }

  /// The name and the extents of a node's output; those that depend on the image's size are open.
  OnnxValue value(const std::string& name, Index i) const {
    OnnxValue value{name, {{0, "batch"}}};
    const Shape &one = shape(i), &two = other_shapes_[static_cast<std::size_t>(i)];
    const OnnxInts order = onnx_order(one.rank() + 1);
    for (int axis = 1; axis <= one.rank(); ++axis) {
      const auto ours = static_cast<int>(order[static_cast<std::size_t>(axis)]) - 1;
      const bool open = one[ours] != two[ours];
      // Two extents of one name are the same for every image.
      const bool same = one[ours] == shape(0)[ours] && two[ours] == other_shapes_[0][ours];
      const std::string what = ours == 0 ? "height" : "width";
      value.extents.push_back(
          {open ? 0 : one[ours], open ? (same ? what : name + "_" + what) : ""});
    }
    return value;
  }

  std::string scaled(const std::string& name, std::string value,
                     const std::optional<OnnxScaling>& scaling, int rank) {
    if (!scaling) return value;
    const auto add = [&](const std::string& part, const std::vector<double>& numbers) {
      OnnxTensor tensor{{static_cast<std::int64_t>(numbers.size())},
                        std::vector<float>(numbers.begin(), numbers.end())};
      if (rank == 3) tensor.dims = {tensor.dims[0], 1, 1};
      return graph_.constant(name + "/" + part, std::move(tensor));
    };
    value = graph_.add("Mul", name, {value, add("factor", scaling->factor)});
    return graph_.add("Add", name + "/add", {value, add("offset", scaling->offset)});
  }

  /// The nodes that take a node's output.
  std::vector<Index> takers(Index position) const {
    std::vector<Index> found;
    for (Index i = position + 1; i <= model_.output(); ++i)
      if (std::ranges::count(node(i).inputs, position) > 0) found.push_back(i);
    return found;
  }

  bool is_dense_of_vectors(Index i) const {
    return i > 0 && node(i).layer->type() == "Dense" && shape(i).rank() == 1;
  }
  static bool is_of_each_number(const Activation& activation) {
    return activation.kind != Activation::Kind::softmax;
  }

  /// A Flatten of an image before nothing but Dense, whose kernels can take its numbers in any
  /// order.
  bool is_before_dense(Index i) const {
    const std::vector<Index> after = takers(i);
    return node(i).layer->type() == "Flatten" && shape(node(i).inputs[0]).rank() == 3 &&
           is_of_each_number(node(i).activation) && !after.empty() &&
           std::ranges::all_of(after, [this](Index taker) { return is_dense_of_vectors(taker); });
  }
  /// A Dense before nothing but one Reshape to an image, which can give its numbers in any order.
  bool is_before_image(Index i) const {
    const std::vector<Index> after = takers(i);
    return is_dense_of_vectors(i) && after.size() == 1 &&
           node(after[0]).layer->type() == "Reshape" && shape(after[0]).rank() == 3 &&
           is_of_each_number(node(i).activation);
  }

  void add_node(Index i) {
    const Node& added = node(i);
    OnnxLayerCall call{.model = model_,
                       .node = added,
                       .shapes = model_.layer_shapes(i, shapes_),
                       .other_shapes = model_.layer_shapes(i, other_shapes_),
                       .output = shape(i),
                       .other_output = other_shapes_[static_cast<std::size_t>(i)],
                       .graph = graph_};
    for (const Index input : added.inputs)
      call.inputs.push_back(values_[static_cast<std::size_t>(input)]);
    const Index from = added.inputs[0];
    if (is_before_dense(i)) call.input_image = shape(from);
    if (is_dense_of_vectors(i) && from > 0 && is_before_dense(from))
      call.input_image = shape(node(from).inputs[0]);
    if (is_before_image(i)) call.output_image = shape(takers(i)[0]);
    if (added.layer->type() == "Reshape" && from > 0 && is_before_image(from))
      call.output_image = shape(i);
    const auto layers = onnx_layers();
    const auto* const kind =
        std::ranges::find(layers, added.layer->type(), &OnnxLayer::type).base();
    if (kind == layers.data() + layers.size())
      throw InputError("there is no operator, or group of operators, for it");
    const std::string value = kind->write(call);
    const int rank = shape(i).rank() + 1;
    values_.push_back(write_onnx_activation(
        added.activation, added.name + "/" + std::string(name_of(added.activation.kind)), value,
        onnx_axis(rank - 1, rank), graph_));
  }

  const Model& model_;
  const OnnxOptions& options_;
  std::vector<Shape> shapes_, other_shapes_;  // for two sizes of an open input
  std::vector<std::string> values_;           // of each node's output
  OnnxGraphBuilder graph_;
};

}  // namespace

void write_onnx(const std::string& path, const Model& model, const OnnxOptions& options) {
  write_onnx_graph(path, OnnxModelWriter(model, options).graph());
}

}  // namespace adjoint
