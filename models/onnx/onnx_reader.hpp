#pragma once

// Turns an ONNX graph into layers: what the operators of read_*.cpp share.

#include <any>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "framework/settings/registry.hpp"
#include "models/formats/foreign_model.hpp"
#include "models/onnx/onnx_folding.hpp"
#include "models/onnx/onnx_graph.hpp"
#include "models/onnx/onnx_orders.hpp"

namespace adjoint {

// What stands for a value that is not a layer's output, but a step on the way to one.

/// factor * erf(x / sqrt(2)) + offset of a layer's output x: a gelu to be.
struct OnnxErf {
  double factor = 1, offset = 0;
};
/// A step of a normalization over some of our axes, by ReduceMean, Sub, Mul, Add, Sqrt and Div.
struct OnnxMoment {
  enum class Step { mean, centred, squares, variance, stabilized, deviation } step;
  std::vector<int> axes;
  double epsilon = 0;
};
/// The outermost rows or columns of an image, turned round.
struct OnnxStrip {
  int axis = 0;
  bool is_first = true;
  Index count = 0;
};
/// An image as (batch, groups of channels, the rest).
struct OnnxGroups {
  Index count = 0;
};

/// A value of the graph: a constant, or a layer's output, whose axes may stand in another order, be
/// joined or, where they have one place, be left out. What the layers are is NHWC throughout; all
/// that a Transpose or a Reshape between them does is to change `axes`.
struct OnnxView {
  std::shared_ptr<const OnnxTensor> constant;
  /// Position of the layer; -1: the model's input.
  Index layer = -1;
  Shape sample;  // of the layer's output
  /// Our axes (0: the batch) that each of the file's axes is made of, outermost first.
  std::vector<std::vector<int>> axes;
  /// Order of the last of our axes.
  int order = -1;
  /// Nothing else takes the layer's output.
  bool is_sole = true;
  std::variant<std::monostate, OnnxErf, OnnxMoment, OnnxStrip, OnnxGroups> part;

  bool is_layer() const { return part.index() == 0; }
};

/// How the extents of the file's input are understood, and what stands for open ones.
struct OnnxReading {
  /// Our axis (0: the batch) of each of the input's axes.
  std::vector<int> axes;
  Shape input;  // as the file has it: 0 for open ones
  Index open_height = 512, open_width = 768;
  bool is_channels_first = true;
};

class OnnxReader {
 public:
  /// A number of images in a batch whose size the file leaves open. Odd, and no usual extent.
  static constexpr std::int64_t kOpenBatch = 61;

  /// `graph` must live longer.
  OnnxReader(const OnnxGraph& graph, const OnnxReading& reading);

  /// Reads node after node. Throws InputError naming the node.
  void read();
  /// Nodes that have been read.
  std::size_t progress() const { return position_; }
  /// Numbers that were worked out of extents: they must not change with open ones.
  const std::vector<Index>& worked_out() const { return worked_out_; }
  /// The model, when all is read.
  ForeignModel model(const OnnxReading& reading);

  // For the operators: the present node.
  const OnnxNode& node() const { return *node_; }
  std::int64_t opset() const { return graph_.opset; }
  bool has_input(std::size_t i) const;
  /// Input i, a layer's output. Throws InputError if it is missing or something else.
  const OnnxView& input(std::size_t i);
  /// The same, whatever it is.
  const OnnxView& any_input(std::size_t i);
  /// Input i, an image whose axes stand as (batch, channels, height, width), or without the height
  /// for one of a single row.
  const OnnxView& image(std::size_t i = 0);
  const OnnxTensor& constant(std::size_t i);
  bool is_constant(std::size_t i) { return any_input(i).constant != nullptr; }
  template <class T>
  T attribute(const std::string& name, T fallback) const {
    return onnx_attribute<T>(*node_, name, fallback);
  }
  /// Input i as integers, or where there is none the attribute.
  OnnxInts list(std::size_t i, const std::string& name);
  void require(bool holds, const char* expected) const;

  /// Extents as the file sees them.
  OnnxInts dims(const OnnxView& value) const;
  /// Where the file's axis is one of ours, which; else -1.
  int our_axis(const OnnxView& value, std::size_t axis) const;
  bool is_image(const OnnxView& value) const;

  /// Adds a layer and returns its output, whose axes stand as in the file's images, or as ours
  /// where it is no image; the order is undecided.
  OnnxView add(const std::string& type, std::any settings, const std::vector<OnnxView>& inputs,
               const Shape& sample);
  /// Adds a layer that changes neither shape nor order.
  OnnxView add_like(const std::string& type, std::any settings, const OnnxView& value);
  /// A parameter of a layer's output, in our axes, each number where the file has it; `orders` are
  /// those of its axes, -1: as in the file.
  void weight(const OnnxView& layer, const std::string& name, OnnxTensor tensor,
              const std::vector<int>& orders);
  /// The settings of the layer that makes a value, if it is of this type and nothing else takes it.
  template <class Settings>
  Settings* own_settings(const OnnxView& value, const std::string& type) {
    if (!value.is_sole || value.layer < 0 || !value.is_layer()) return nullptr;
    LayerSpec& spec = layers_[static_cast<std::size_t>(value.layer)].spec;
    return spec.type == type ? std::any_cast<Settings>(&spec.settings) : nullptr;
  }
  /// The only input of a layer, if the layer is of this type.
  std::optional<Index> source(const OnnxView& value, const std::string& type) const;
  const std::any& settings(const OnnxView& value) const {
    return layers_[static_cast<std::size_t>(value.layer)].spec.settings;
  }

  /// The present node's result.
  void give(OnnxView value);
  /// Counts numbers that are copied. Throws InputError when there are far more than the file holds.
  void charge(std::size_t numbers);
  void note(std::string text) { notes_.push_back(std::move(text)); }
  /// Remembers a number that extents were used for.
  Index worked_out(Index number);
  OnnxOrders& orders() { return orders_; }
  /// Operators of the nodes that take the present node's result, Transposes with their order.
  std::vector<const OnnxNode*> takers() const;
  bool is_channels_first() const { return is_channels_first_; }

 private:
  struct Draft {
    LayerSpec spec;
    std::vector<Index> inputs;
  };
  struct Weight {
    Index layer;
    std::string name;
    OnnxTensor tensor;
    std::vector<int> orders;
  };

  void read_node();
  bool fold();
  std::string free_name(const std::string& wanted);
  OnnxView output();
  std::vector<bool> used_layers(Index output) const;
  void join_activations(Index& output, std::vector<bool>& used);
  Tensor turned(const Weight& weight) const;

  const OnnxGraph& graph_;
  bool is_channels_first_;
  const OnnxNode* node_ = nullptr;
  std::size_t position_ = 0;
  std::map<std::string, OnnxView> values_;
  std::map<std::string, std::vector<const OnnxNode*>> takers_;  // null: the graph's output
  std::vector<Draft> layers_;
  std::vector<Weight> weights_;
  std::map<std::string, int> names_;  // how often each was wanted
  std::set<std::string> taken_;
  std::vector<std::string> notes_;
  std::vector<Index> worked_out_;
  OnnxOrders orders_;
  std::int64_t batch_ = kOpenBatch;
  std::int64_t budget_;  // numbers that may still be copied
  Shape input_;
};

}  // namespace adjoint
