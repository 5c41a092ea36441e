#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/layers/layer.hpp"
#include "framework/pointwise/activation.hpp"

namespace adjoint {

/// A named tensor of the model: "enc1/kernel".
struct Parameter {
  std::string name;
  Tensor value;
  bool trainable = true;
  Regularizer regularizer = {};
};

/// A layer in its place in the graph.
struct Node {
  std::string name;
  std::shared_ptr<const Layer> layer;  // null for the input
  /// Applied to the layer's output.
  Activation activation;
  std::vector<Index> inputs;      // nodes, each before this one
  std::vector<Index> parameters;  // positions in Model::parameters(), in the layer's order
  Index output_like = -1;         // node whose input size this one's output takes
  Index tied_to = -1;             // node whose kernel this one shares
  Index shared_with = -1;         // node of the same layer, called before: all parameters are its
  bool trainable = true;          // false: its parameters stay as they are, whatever the layer
  Regularizer activity_regularizer = {};  // of the activated output
};

/// A DAG of named layers and their parameters. Node 0 is the input; every edge points backward, so
/// the nodes stand in an order in which they can be run.
///
///     Model model({28, 28, 1});
///     model.add({.name = "enc1", .layer = std::make_shared<Conv2D>(...), .activation = ...});
///     model.add({.name = "dec1", .layer = ..., .output_like = "enc1"});
///     model.initialize(seed);
class Model {
 public:
  static constexpr std::string_view kInputName = "input";

  /// `input` is the shape of one sample, (height, width, channels); a height or width of 0 means
  /// any.
  /// `most_parameters` bounds the numbers of all parameters, for a model of a stranger's file.
  explicit Model(const Shape& input, Index most_parameters = std::numeric_limits<Index>::max());

  struct NewNode {
    std::string name;
    std::shared_ptr<const Layer> layer;
    Activation activation = {};
    /// By name; empty means the node added last.
    std::vector<std::string> inputs = {};
    /// A convolution whose kernel this one shares.
    std::string tied_to = {};
    /// A node of the same layer, all of whose parameters this one shares: the layer's second call.
    std::string shared_with = {};
    /// A node; the output takes the height and width of that node's input.
    std::string output_like = {};
    /// False keeps the optimizer away from the new parameters.
    bool trainable = true;
    /// Penalty of the activated output, divided by the batch size; the layer's own if
    /// none is given.
    Regularizer activity_regularizer = {};
  };
  /// Adds a node behind the others and its parameters, zero until initialize(). Throws InputError
  /// where names, shapes or tied kernels do not fit; the message does not name the new node.
  Index add(const NewNode& node);

  /// The node in which the encoder ends and the decoder begins. Throws InputError if there is no
  /// such node.
  void set_latent(std::string_view name);

  /// Draws every parameter from its initializer: a pure function of the seed and the parameter's
  /// position.
  void initialize(std::uint64_t seed);

  const Shape& input_shape() const { return input_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::vector<Parameter>& parameters() { return parameters_; }
  /// Position of the latent node; -1 if none was named.
  Index latent() const { return latent_; }
  Index output() const { return static_cast<Index>(nodes_.size()) - 1; }
  /// Position of the node of that name, or -1.
  Index find(std::string_view name) const;

  /// Shape of every node's output for one input shape without any 0. Throws InputError naming the
  /// layer that the shape does not fit.
  std::vector<Shape> infer(const Shape& input) const;
  /// Shapes of a node's inputs, given infer()'s shapes.
  LayerShapes layer_shapes(Index node, const std::vector<Shape>& shapes) const;
  /// The input shape, with any 0 replaced by a size that the model accepts.
  Shape example_shape() const { return example_; }

  /// Number of elements of all the parameters.
  Index parameter_count() const;

 private:
  /// Throws InputError unless a layer with these parameters may share all of the owner's.
  void check_shared(const Node& owner, const Layer& layer,
                    const std::vector<ParameterSpec>& specs) const;

  Shape input_;
  Index most_parameters_;
  Shape example_;
  std::vector<Shape> example_shapes_;  // infer(example_), grown with the nodes
  std::vector<Node> nodes_;
  std::vector<Parameter> parameters_;
  std::vector<Initializer> initializers_;
  Index latent_ = -1;
};

}  // namespace adjoint
