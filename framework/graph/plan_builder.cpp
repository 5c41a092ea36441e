// Decides everything about a plan: the order of its instructions, its engines and its memory.

#include <algorithm>
#include <cassert>

#include "framework/conv/row_bands.hpp"
#include "framework/graph/plan.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

using InstructionKind = Plan::Instruction::Kind;

namespace {

bool is_linear(const Activation& activation) {
  return activation.kind == Activation::Kind::linear;
}

}  // namespace

/// Walks the graph once forward and once backward, and notes what every instruction touches.
struct Plan::Builder {
  Plan& plan;
  const Model& model = plan.model_;
  const PlanRequest& request = plan.request_;
  bool training = request.mode == Mode::training;
  Index now = 0;  // number of the next instruction
  std::vector<bool> wants_gradient = std::vector<bool>(model.nodes().size());
  std::vector<Index> readers = std::vector<Index>(model.nodes().size());

  const Node& node_of(const Step& step) const { return model.nodes()[step.node]; }

  Index new_buffer(std::string name, Index size) {
    plan.buffers_.push_back({.name = std::move(name), .size = size, .first = now, .last = now});
    return static_cast<Index>(plan.buffers_.size()) - 1;
  }
  Index new_batch_buffer(std::string name, const Shape& sample) {
    return new_buffer(std::move(name), request.batch * sample.size());
  }
  void touch(Index buffer) {
    if (buffer >= 0) plan.buffers_[buffer].last = now;
  }
  void touch_inputs(const Step& step) {
    for (Index input : node_of(step).inputs) touch(plan.value_buffer_[input]);
  }
  void emit(InstructionKind kind, Index step) {
    plan.phases_.back().push_back({kind, step});
    ++now;
    if (kind == InstructionKind::collect || kind == InstructionKind::collect_gradient)
      plan.phases_.emplace_back();
  }

  /// The nodes after `from` that `to` depends on, in order.
  std::vector<Index> needed_nodes() const {
    std::vector<bool> needed(model.nodes().size());
    needed[request.to] = true;
    for (Index i = request.to; i > request.from; --i) {
      if (!needed[i]) continue;
      for (Index input : model.nodes()[i].inputs) needed[input] = true;
    }
    std::vector<Index> order;
    for (Index i = 0; i <= request.to; ++i) {
      if (!needed[i] || i == request.from) continue;
      if (i < request.from) {
        throw InputError(
            "\"{}\" cannot be run from \"{}\" alone: it also needs \"{}\", which lies before it",
            model.nodes()[request.to].name, model.nodes()[request.from].name,
            model.nodes()[i].name);
      }
      order.push_back(i);
    }
    return order;
  }

  void build() {
    plan.phases_.emplace_back();
    const std::vector<Index> nodes = needed_nodes();
    for (Index node : nodes) {
      for (Index input : model.nodes()[node].inputs) ++readers[input];
    }
    for (Index node : nodes) add_forward(node);
    touch(plan.value_buffer_[request.to]);  // the caller reads it, or the loss
    if (training) {
      assert(request.loss);
      plan.gradient_buffer_[request.to] =
          new_batch_buffer("loss gradient", plan.shapes_[request.to]);
      const Index scratch =
          request.loss->scratch_size(plan.shapes_[request.to].batched(request.batch));
      if (scratch > 0) plan.loss_scratch_ = new_buffer("loss scratch", scratch);
      emit(InstructionKind::loss, -1);
      for (Index s = static_cast<Index>(plan.steps_.size()) - 1; s >= 0; --s) add_backward(s);
    }
    plan.arena_size_ = place_buffers(plan.buffers_);
  }

  /// The buffer that a step may take over from one of its inputs; -1: none.
  Index value_in_place(const Node& node) const {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.layer->runs_in_place(i)) continue;
      if (const Index buffer = value_to_overwrite(node, node.inputs[i]); buffer >= 0) return buffer;
    }
    return -1;
  }

  /// The buffer of an input that nobody needs once a node has run; -1: none.
  Index value_to_overwrite(const Node& node, Index input) const {
    const Index buffer = plan.value_buffer_[input];
    if (buffer < 0 || readers[input] > 1) return -1;
    if (!training) return buffer;
    const Step& producer = *std::ranges::find(plan.steps_, input, &Step::node);
    const bool needed = producer.needs.output || !is_linear(producer.activation) ||
                        node_of(producer).activity_regularizer ||
                        node.layer->backward_needs().inputs;
    return needed ? -1 : buffer;
  }

  void add_forward(Index position) {
    const Node& node = model.nodes()[position];
    Step step{.node = position,
              .shapes = model.layer_shapes(position, plan.shapes_),
              .output = plan.shapes_[position],
              .activation = node.activation};
    if (request.loss && position == request.to && request.loss->absorbs(step.activation) &&
        !node.activity_regularizer) {
      plan.absorbed_ = step.activation;
      step.activation = {};
    }
    step.fused = node.layer->fuses_activation() && is_fusable(step.activation.kind);
    step.needs = node.layer->backward_needs();
    // An activation that is left to the layer needs its output.
    step.needs.output = step.needs.output || (step.fused && !is_linear(step.activation));
    step.prepared =
        node.layer->prepare(step.shapes, {.mode = request.mode,
                                          .batch = request.batch,
                                          .activation = step.fused ? step.activation : Activation{},
                                          .convolution = request.convolution});
    step.packing = step.prepared ? step.prepared->packing() : nullptr;
    if (step.packing) {
      step.packed = plan.packed_size_;
      plan.packed_size_ += aligned(step.packing->packed_size());
    }
    const Index number = static_cast<Index>(plan.steps_.size());
    if (training) {
      step.statistics_count = node.trainable ? node.layer->statistics(step.shapes) : 0;
      if (step.statistics_count > 0) {
        // The sums of the forward pass, then those of the backward pass.
        step.statistics = plan.statistics_size_;
        plan.statistics_size_ += 2 * step.statistics_count;
      }
      wants_gradient[position] = false;
      for (Index input : node.inputs) {
        if (wants_gradient[input]) wants_gradient[position] = true;
      }
      for (Index p : node.parameters) {
        if (model.parameters()[p].trainable) wants_gradient[position] = true;
      }
    }
    touch_inputs(step);
    if (step.statistics >= 0) emit(InstructionKind::collect, number);
    touch_inputs(step);
    const bool activated = !step.fused && !is_linear(step.activation);
    const bool result_needed =
        gradient_needs_input(step.activation.kind) || node.layer->backward_needs().output;
    const bool apart = training && activated && result_needed;
    const Index shared = value_in_place(node);
    step.in_place = shared >= 0;
    step.result = step.in_place
                      ? shared
                      : new_batch_buffer(node.name + (apart ? " result" : ""), step.output);
    step.bands = bands_of(step);
    add_scratch(step);
    emit(InstructionKind::forward, number);
    step.value = apart ? new_batch_buffer(node.name, step.output) : step.result;
    plan.value_buffer_[position] = step.value;
    if (activated) {
      touch(step.result);
      touch(step.value);
      emit(InstructionKind::activate, number);
    }
    if (request.loss && (node.activity_regularizer || node.layer->has_penalty())) {
      if (node.layer->has_penalty()) touch_inputs(step);
      touch(step.value);
      emit(InstructionKind::penalty, number);
    }
    plan.steps_.push_back(std::move(step));
  }

  /// Bands of rows into which a step may be cut.
  Index bands_of(const Step& step) const {
    if (step.prepared) return step.prepared->bands();
    constexpr Index kWorthABand = 1 << 15;  // elements: some 10 microseconds of one core
    const Index most = std::min(kMostBands, step.output.size() / kWorthABand);
    if (training || most < 2 || step.output.rank() != 3) return 1;
    const LayerWindow window = node_of(step).layer->window(step.shapes);
    const auto& [kernel, stride, dilation, pad_before, up, mirrored] = window.vertical;
    if (window.all || kernel != stride || dilation != 1 || pad_before != 0 || mirrored != 0)
      return 1;
    for (const Shape& input : step.shapes.inputs) {
      if (input.rank() != 3) return 1;
      const Index small = up ? input[0] : step.output[0], large = up ? step.output[0] : input[0];
      if (large != small * stride) return 1;
    }
    // Parameters of more axes than the channels' are not the same in each row.
    for (const Index p : node_of(step).parameters) {
      if (shape_of(model.parameters()[p].value).rank() > 1) return 1;
    }
    return std::min(most, std::min(step.output[0], step.shapes.inputs[0][0]));
  }

  void add_scratch(Step& step) {
    const Index size = step.prepared ? step.prepared->scratch_size() : 0;
    if (size == 0) return;
    // The backward pass has one of its own: a single one would stay alive in between.
    step.scratch = new_buffer(node_of(step).name + " scratch", size);
  }

  void add_backward(Index number) {
    Step& step = plan.steps_[number];
    const Node& node = node_of(step);
    const Index gradient = plan.gradient_buffer_[step.node];
    if (!wants_gradient[step.node] || gradient < 0) return;
    if (node.activity_regularizer) {
      touch(step.value);
      touch(gradient);
      emit(InstructionKind::penalty_gradient, number);
    }
    if (!is_linear(step.activation) && !step.fused) {
      touch(gradient_needs_input(step.activation.kind) ? step.result : step.value);
      touch(gradient);
      emit(InstructionKind::activation_gradient, number);
    }
    const auto touch_operands = [&] {
      touch(gradient);
      if (step.needs.inputs) touch_inputs(step);
      if (step.needs.output) touch(step.result);
    };
    if (step.statistics >= 0) {
      touch_operands();
      emit(InstructionKind::collect_gradient, number);
    }
    touch_operands();
    if (step.scratch >= 0) {
      step.backward_scratch =
          new_buffer(node.name + " backward scratch", plan.buffers_[step.scratch].size);
    }
    for (Index input : node.inputs) {
      GradientTarget target;
      if (wants_gradient[input] && input != request.from) {
        Index& total = plan.gradient_buffer_[input];
        const bool shared = node.layer->runs_in_place(0) && total < 0 && input == node.inputs[0];
        target.buffer =
            shared ? gradient
                   : new_batch_buffer(model.nodes()[input].name + " gradient", plan.shapes_[input]);
        if (total >= 0) {
          target.add_to = total;
          touch(total);
        } else {
          total = target.buffer;
        }
      }
      step.input_gradients.push_back(target);
    }
    for (std::size_t i = 0; i < node.parameters.size(); ++i) {
      const Parameter& parameter = model.parameters()[node.parameters[i]];
      step.parameter_gradients.push_back(
          parameter.trainable ? static_cast<Index>(plan.gradient_slots_.size()) : -1);
      if (!parameter.trainable) continue;
      const Packing* packing =
          i == 0 && step.prepared ? step.prepared->gradient_packing() : nullptr;
      const Index size = packing ? packing->packed_size() : shape_of(parameter.value).size();
      plan.gradient_slots_.push_back({.parameter = node.parameters[i],
                                      .offset = plan.gradient_size_,
                                      .size = size,
                                      .packing = packing});
      plan.gradient_size_ += aligned(size);
    }
    emit(InstructionKind::backward, number);
  }
};

Plan::Plan(const Model& model, const PlanRequest& request)
    : model_(model),
      request_(request),
      shapes_(model.infer(request.input)),
      value_buffer_(model.nodes().size(), -1),
      gradient_buffer_(model.nodes().size(), -1) {
  if (request_.to < 0) request_.to = model.output();
  Builder{*this}.build();
}

}  // namespace adjoint
