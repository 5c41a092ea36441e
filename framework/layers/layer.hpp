#pragma once

// The interface of layers. A layer is one file: settings with Keras's names, shapes, forward,
// backward. To add one, write its file and its row in models/layer_table.cpp.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/conv/engine.hpp"
#include "framework/layers/channel_map.hpp"
#include "framework/layers/initializer.hpp"
#include "framework/layers/window.hpp"
#include "framework/pointwise/activation.hpp"
#include "framework/pointwise/regularizer.hpp"
#include "framework/tensor/random.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

enum class Mode { training, inference };

/// Input shapes of a layer: shapes of one sample, without the batch axis.
struct LayerShapes {
  std::vector<Shape> inputs;
  /// Height and width that `output_like` asks for; unset for most layers.
  std::optional<Shape> output_like;
};

/// One of a layer's tensors: "kernel", "bias", "gamma", ...
struct ParameterSpec {
  std::string name;
  Shape shape;
  Initializer initializer = Initializer::zeros;
  /// Penalty that the parameter adds to the loss in training.
  Regularizer regularizer = {};
  /// False for what the optimizer leaves alone, such as moving averages.
  bool trainable = true;
};

/// Arguments of prepare() beside the shapes.
struct PrepareRequest {
  Mode mode = Mode::training;
  /// Samples that most runs will have; none has more.
  Index batch = 1;
  /// Activation after the layer, where it fuses activations.
  Activation activation = {};
  ConvolutionOptions convolution = {};
};

/// Result of prepare() for one set of shapes: the engines of a convolution, say. Immutable.
struct Prepared {
  virtual ~Prepared() = default;
  /// Elements of scratch memory that forward and backward need, for PrepareRequest::batch samples.
  virtual Index scratch_size() const { return 0; }
  /// Bands of rows into which forward() is cut, so that threads can share it. The shapes alone
  /// decide how many.
  virtual Index bands() const { return 1; }
  /// The engines that compute it, for people: "forward: onednn". May be empty.
  virtual std::string description() const { return {}; }
  /// The form in which the layer reads its kernel, the first of its parameters, and the form in
  /// which it writes that kernel's gradient; null: as they stand.
  virtual const Packing* packing() const { return nullptr; }
  virtual const Packing* gradient_packing() const { return nullptr; }
};

/// Values that backward() reads; the others' memory may be reused before it runs.
struct BackwardNeeds {
  bool inputs = false;
  bool output = false;
};

/// Counts by which a penalty is divided, because it is a mean.
struct PenaltyScale {
  Index batch = 1;        // samples, over all shards
  Index output_size = 1;  // elements of one sample of the model's output
};

/// One forward run over one shard of a batch. Views carry the batch axis.
struct ForwardPass {
  std::span<const ConstView> inputs;
  std::span<const ConstView> parameters;
  View output;
  ConstView packed;  // the kernel, see Prepared::packing()
  View scratch;
  const Prepared* prepared = nullptr;
  Index band = -1;  // which of Prepared::bands() to compute; -1: all
  /// Follows the layer; left to it where it says fuses_activation().
  Activation activation;
  Mode mode = Mode::inference;
  /// Stream of the shard's first sample; the following samples count its index up.
  RandomKey random;
  /// The sum of collect() over the whole batch, where statistics() > 0.
  std::span<const double> statistics;
  PenaltyScale penalty_scale;
};

/// The backward run that belongs to it. A view without data is a gradient nobody asks for, or a
/// value that backward_needs() did not name.
struct BackwardPass {
  std::span<const ConstView> inputs;
  std::span<const ConstView> parameters;
  ConstView output;
  /// Overwritten by a layer that fuses its activation.
  View output_gradient;
  std::span<const View> input_gradients;
  std::span<const View> parameter_gradients;
  ConstView packed;  // the kernel, see Prepared::packing()
  View scratch;
  const Prepared* prepared = nullptr;
  /// Activation to differentiate first, where fuses_activation() is true; output is then given.
  Activation activation;
  RandomKey random;
  std::span<const double> statistics;
  /// The sum of collect_gradient() over the whole batch.
  std::span<const double> gradient_statistics;
  PenaltyScale penalty_scale;
};

/// A differentiable function of its inputs and parameters. Immutable while it runs: it owns no
/// buffer and knows no optimizer, file or thread. It overwrites its outputs; where a value branches
/// or a kernel is tied, the graph adds.
class Layer {
 public:
  virtual ~Layer() = default;

  /// Keras's class name: "Conv2D".
  virtual std::string_view type() const = 0;
  /// Shape of one output sample: that of the input, if nothing else is said. Throws InputError
  /// where the inputs do not fit.
  virtual Shape output_shape(const LayerShapes& shapes) const { return shapes.inputs.front(); }
  virtual std::vector<ParameterSpec> parameters(const LayerShapes&) const { return {}; }
  virtual std::unique_ptr<Prepared> prepare(const LayerShapes&, const PrepareRequest&) const {
    return nullptr;
  }
  /// True if forward() and backward() see to the activation that follows the layer.
  virtual bool fuses_activation() const { return false; }
  /// True if forward() may find its output in the memory of that input, and backward() the first
  /// input's gradient in that of the output's.
  virtual bool runs_in_place(std::size_t /*input*/) const { return false; }
  virtual BackwardNeeds backward_needs() const { return {}; }

  virtual void forward(const ForwardPass& pass) const = 0;
  virtual void backward(const BackwardPass& pass) const = 0;

  // For layers whose output depends on the whole batch while training. The graph sums what the
  // shards collect, in shard order, before any of them goes on.

  /// Numbers that collect() and collect_gradient() write each; 0 for layers that work image by
  /// image.
  virtual Index statistics(const LayerShapes&) const { return 0; }
  virtual void collect(const ForwardPass&, std::span<double> /*sums*/) const {}
  virtual void collect_gradient(const BackwardPass&, std::span<double> /*sums*/) const {}
  /// Takes the batch's statistics into the parameters that are not trainable, once per training
  /// step.
  virtual void update_state(std::span<const double> /*statistics*/,
                            std::span<const View> /*parameters*/) const {}

  // Penalties: what a layer adds to the loss, in training and in evaluation.

  /// True if penalty() is not always 0; backward() then adds its gradient to those of the inputs.
  virtual bool has_penalty() const { return false; }
  /// A shard's share of the penalty, a function of the inputs; called after forward().
  virtual double penalty(const ForwardPass&) const { return 0; }
  /// A penalty on the output, to which the graph sees, gradient included.
  virtual Regularizer activity_regularizer() const { return {}; }

  // For models that only run: see framework/graph/inference_model.hpp. `parameters` are the
  // layer's.

  /// True if the layer passes its input on, unless it trains.
  virtual bool acts_in_training_alone() const { return false; }
  /// What the layer does outside training, where that is such a map.
  virtual std::optional<ChannelMap> channel_map(std::span<const ConstView> /*parameters*/) const {
    return std::nullopt;
  }
  /// This layer and the map behind it as one; null where the layer has no kernel to scale.
  virtual std::optional<FoldedLayer> followed_by(const ChannelMap&,
                                                 std::span<const ConstView> /*parameters*/) const {
    return std::nullopt;
  }

  /// Multiply-adds of one forward run over one sample.
  virtual Index multiply_adds(const LayerShapes&) const { return 0; }
  /// Input window that each output position sees; the shapes decide what "same" pads.
  virtual LayerWindow window(const LayerShapes&) const { return {}; }
};

/// The only input of a layer that has one.
inline const Shape& only(const LayerShapes& shapes) {
  return shapes.inputs.front();
}
/// Its height, width and channels. Throws InputError, naming the layer's type, unless it is an
/// image.
Plane image_input(const Layer& layer, const LayerShapes& shapes);

/// Calls visit(element, number) with a standard normal number for each element of a batch, whose
/// first sample draws from the stream `key`.
template <class Visit>
void for_each_normal(RandomKey key, const Shape& batch, Visit visit) {
  const Index size = batch.sample().size();
  for (Index n = 0; n < batch[0]; ++n, ++key.index) {
    Random random(key);
    for (Index i = n * size; i < (n + 1) * size; ++i) visit(i, random.normal());
  }
}

/// Bias and activation of a layer whose last parameter is the bias, if it has one.
Epilogue epilogue_of(const ForwardPass& pass, bool use_bias);
/// Turns the output's gradient into that before bias and activation, and writes the bias's.
void epilogue_gradient(const BackwardPass& pass, bool use_bias);

}  // namespace adjoint
