#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/graph/arena.hpp"
#include "framework/graph/model.hpp"
#include "framework/losses/loss.hpp"
#include "framework/tensor/aligned_vector.hpp"

namespace adjoint {

/// What a plan is made for: shapes, the nodes to run, and what is asked of them.
struct PlanRequest {
  Mode mode = Mode::inference;
  /// Shape of one sample of the model's input, without any 0.
  Shape input;
  /// The most samples that one run takes.
  Index batch = 1;
  /// Runs the nodes after `from` that `to` depends on; -1 means the model's output.
  Index from = 0;
  Index to = -1;
  /// Needed for training; where given, it may take over the last activation.
  const Loss* loss = nullptr;
  ConvolutionOptions convolution = {};
};

/// The views that a layer is handed.
struct Operands {
  std::vector<ConstView> inputs;
  std::vector<ConstView> parameters;
  std::vector<View> input_gradients;
  std::vector<View> parameter_gradients;
};

/// Memory of one run at a time.
struct Workspace {
  AlignedVector arena;
  Operands operands;
};

/// Memory of a thread that shares a run with others, beside the run's own.
struct BandMemory {
  AlignedVector scratch;
  Operands operands;
};

/// Learns which gradients a shard has finished while it goes on with others.
class BackwardWatch {
 public:
  virtual ~BackwardWatch() = default;
  /// The gradients of that step's parameters are final; called by the pool's thread `worker`.
  virtual void step_done(Index step, int worker) = 0;
};

/// One shard of a batch on its way through a plan.
struct ShardRun {
  Workspace* workspace = nullptr;
  int worker = 0;                  // number of the pool's thread that runs it
  BackwardWatch* watch = nullptr;  // or nobody
  ConstView input;
  ConstView target;          // training
  ConstView mask = {};       // of the pixels that the loss counts; no data: all
  View output = {};          // receives the last node's output, unless it has no data
  Index batch_elements = 0;  // of the target, over all shards
  Index batch = 0;           // samples, over all shards
  Index first_sample = 0;    // position of the shard in its batch
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  Real* gradients = nullptr;       // gradient_size() elements, this shard's share
  const Real* packed = nullptr;    // packed_size() elements, what pack_kernel() wrote
  double* partial_sums = nullptr;  // statistics_size() numbers, this shard's share
  const double* sums = nullptr;    // the same, summed over the batch so far
  double penalty = 0;              // grown by the penalty instructions
  double loss = 0;                 // written by the loss instruction
};

/// Everything that depends on a shape, decided once: the order of instructions, the engines, the
/// life of every buffer and its place in one arena. Immutable; shards run through it at the same
/// time, each with its own workspace. Running allocates nothing.
class Plan {
 public:
  Plan(const Model& model, const PlanRequest& request);

  struct Instruction {
    enum class Kind {
      collect,  // a shard's part of a statistic over the whole batch; ends a phase
      forward,
      activate,  // where the layer does not fuse it
      penalty,   // of the layer and of its output, where there is a loss
      loss,
      penalty_gradient,     // of the output; the layer's backward() sees to its own
      activation_gradient,  // where the layer does not fuse it
      collect_gradient,     // ends a phase
      backward,
    };
    Kind kind;
    Index step = -1;  // position in steps(); -1 for the loss
  };
  struct GradientTarget {
    Index buffer = -1;  // where backward() writes; -1: nobody asks
    Index add_to = -1;  // the buffer to which that is then added; -1: it was the first to write
  };
  struct Step {
    Index node = 0;
    LayerShapes shapes;
    Shape output;
    std::unique_ptr<Prepared> prepared;
    Index value = -1;    // buffer of the activated output
    Index result = -1;   // buffer that the layer writes: value, unless both are needed
    Index scratch = -1;  // buffer, or -1
    Index backward_scratch = -1;
    Index statistics = -1;  // place of its sums; -1: none
    Index statistics_count = 0;
    const Packing* packing = nullptr;  // of its kernel; null: none
    Index packed = 0;                  // place of the packed kernel
    /// Operations after the layer; where `fused`, the layer does them itself.
    Activation activation;
    bool fused = false;
    bool in_place = false;  // writes over one of its inputs
    Index bands = 1;        // of rows, which threads may compute side by side
    BackwardNeeds needs;    // with what the fused activation needs
    std::vector<GradientTarget> input_gradients;
    std::vector<Index> parameter_gradients;  // for each parameter its slot; -1: nobody asks
  };
  /// Where a step leaves the gradient of one of its parameters, among a shard's gradients. A tied
  /// kernel has a slot for each of its layers.
  struct GradientSlot {
    Index parameter = 0;  // of the model
    Index offset = 0;
    Index size = 0;
    const Packing* packing = nullptr;  // unpacks it; null: it is the gradient as it stands
  };

  /// Instructions of one phase run shard by shard; between phases the shards' sums are added.
  const std::vector<std::vector<Instruction>>& phases() const { return phases_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<Buffer>& buffers() const { return buffers_; }
  const PlanRequest& request() const { return request_; }

  Index arena_size() const { return arena_size_; }
  Index gradient_size() const { return gradient_size_; }
  Index statistics_size() const { return statistics_size_; }
  /// Elements of all packed kernels.
  Index packed_size() const { return packed_size_; }
  const std::vector<GradientSlot>& gradient_slots() const { return gradient_slots_; }
  Shape input_shape() const { return shapes_[request_.from]; }
  Shape output_shape() const { return shapes_[request_.to]; }
  /// The activation that the loss took over; linear if none.
  const Activation& absorbed_activation() const { return absorbed_; }

  /// Multiply-adds of one training step for one sample: three products a layer, those that nobody
  /// asks for counted, as is usual where implementations are compared.
  Index multiply_adds() const;

  Workspace make_workspace() const;
  /// Packs a step's kernel, if it has a packing, into its place among packed_size() elements.
  void pack_kernel(const Step& step, Real* packed) const;
  /// Runs one phase for one shard.
  void run(Index phase, ShardRun& run) const;

  // Inference without a loss also runs in bands of rows, which threads compute side by side: all
  // bands of an instruction before those of the next, and then hand_out().

  /// The most bands that an instruction has; 1: sharing a run helps nobody.
  Index most_bands() const;
  /// Bands of a forward or activate instruction, on so many samples.
  Index bands(const Instruction& instruction, Index samples) const;
  BandMemory make_band_memory() const;
  void run_band(const Instruction& instruction, Index band, BandMemory& memory,
                ShardRun& run) const;
  /// Copies the last node's output to where the run wants it.
  void hand_out(const ShardRun& run) const;

 private:
  struct Builder;

  View buffer_view(const ShardRun& run, Index buffer, const Shape& sample) const;
  ConstView value(const ShardRun& run, Index node) const;
  void forward(const Step& step, ShardRun& run, bool collect) const;
  void backward(const Step& step, ShardRun& run, bool collect) const;
  void run_loss(ShardRun& run) const;
  void run_penalty(const Step& step, ShardRun& run) const;
  struct Share;
  Operands make_operands() const;
  ForwardPass forward_pass(const Step& step, const ShardRun& run) const;
  ForwardPass forward_pass(const Step& step, const ShardRun& run, Operands& operands, View scratch,
                           const Share& share) const;
  PenaltyScale penalty_scale(const ShardRun& run) const;
  View scratch_view(const ShardRun& run, Index buffer) const;
  ConstView packed_view(const ShardRun& run, const Step& step) const;
  RandomKey random_key(const Step& step, const ShardRun& run) const;

  const Model& model_;
  PlanRequest request_;
  Activation absorbed_;
  std::vector<Shape> shapes_;           // of every node
  std::vector<Index> value_buffer_;     // of every node; -1 if it is not run
  std::vector<Index> gradient_buffer_;  // likewise
  std::vector<GradientSlot> gradient_slots_;
  std::vector<Step> steps_;
  std::vector<Buffer> buffers_;
  std::vector<std::vector<Instruction>> phases_;
  Index loss_scratch_ = -1;  // buffer, or -1
  Index arena_size_ = 0, packed_size_ = 0, gradient_size_ = 0, statistics_size_ = 0;
};

}  // namespace adjoint
