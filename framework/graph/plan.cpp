#include "framework/graph/plan.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "framework/metrics/psnr.hpp"
#include "framework/pointwise/add.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

using Kind = Plan::Instruction::Kind;

namespace {

bool is_linear(const Activation& activation) {
  return activation.kind == Activation::Kind::linear;
}

/// Values that backward() of a step reads; an activation that is left to the layer needs its
/// output.
BackwardNeeds backward_needs(const Plan::Step& step, const Node& node) {
  BackwardNeeds needs = node.layer->backward_needs();
  needs.output = needs.output || (step.fused && !is_linear(step.activation));
  return needs;
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
  void emit(Kind kind, Index step) {
    plan.phases_.back().push_back({kind, step});
    ++now;
    if (kind == Kind::collect || kind == Kind::collect_gradient) plan.phases_.emplace_back();
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
      emit(Kind::loss, -1);
      for (Index s = static_cast<Index>(plan.steps_.size()) - 1; s >= 0; --s) add_backward(s);
    }
    plan.arena_size_ = place_buffers(plan.buffers_);
  }

  /// The buffer that a step may take over from its first input; -1: none.
  Index value_in_place(const Node& node) const {
    const Index input = node.inputs[0];
    const Index buffer = plan.value_buffer_[input];
    if (!node.layer->runs_in_place() || buffer < 0 || readers[input] > 1) return -1;
    if (!training) return buffer;
    const Step& producer = *std::ranges::find(plan.steps_, input, &Step::node);
    const bool needed = backward_needs(producer, node_of(producer)).output ||
                        !is_linear(producer.activation) || node_of(producer).activity_regularizer ||
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
    step.prepared =
        node.layer->prepare(step.shapes, {.mode = request.mode,
                                          .batch = request.batch,
                                          .activation = step.fused ? step.activation : Activation{},
                                          .engine = request.engine,
                                          .precision = request.precision});
    step.packed_count = step.prepared ? step.prepared->packed_size() : 0;
    if (step.packed_count > 0) {
      step.packed = plan.packed_size_;
      plan.packed_size_ += aligned(step.packed_count);
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
    if (step.statistics >= 0) emit(Kind::collect, number);
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
    add_scratch(step);
    emit(Kind::forward, number);
    step.value = apart ? new_batch_buffer(node.name, step.output) : step.result;
    plan.value_buffer_[position] = step.value;
    if (activated) {
      touch(step.result);
      touch(step.value);
      emit(Kind::activate, number);
    }
    if (request.loss && (node.activity_regularizer || node.layer->has_penalty())) {
      if (node.layer->has_penalty()) touch_inputs(step);
      touch(step.value);
      emit(Kind::penalty, number);
    }
    plan.steps_.push_back(std::move(step));
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
    const BackwardNeeds needs = backward_needs(step, node);
    if (node.activity_regularizer) {
      touch(step.value);
      touch(gradient);
      emit(Kind::penalty_gradient, number);
    }
    if (!is_linear(step.activation) && !step.fused) {
      touch(gradient_needs_input(step.activation.kind) ? step.result : step.value);
      touch(gradient);
      emit(Kind::activation_gradient, number);
    }
    const auto touch_operands = [&] {
      touch(gradient);
      if (needs.inputs) touch_inputs(step);
      if (needs.output) touch(step.result);
    };
    if (step.statistics >= 0) {
      touch_operands();
      emit(Kind::collect_gradient, number);
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
        const bool shared = node.layer->runs_in_place() && total < 0 && input == node.inputs[0];
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
      const Index packed = i == 0 && step.prepared ? step.prepared->packed_gradient_size() : 0;
      const Index size = packed > 0 ? packed : shape_of(parameter.value).size();
      plan.gradient_slots_.push_back({.step = number,
                                      .parameter = node.parameters[i],
                                      .offset = plan.gradient_size_,
                                      .size = size,
                                      .packed = packed > 0});
      plan.gradient_size_ += aligned(size);
    }
    emit(Kind::backward, number);
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

Workspace Plan::make_workspace() const {
  Workspace workspace;
  // Poison: a layer that reads what nobody wrote gives NaN, not luck.
  workspace.arena.assign(static_cast<std::size_t>(arena_size_),
                         std::numeric_limits<Real>::quiet_NaN());
  std::size_t inputs = 0, parameters = 0;
  for (const Step& step : steps_) {
    inputs = std::max(inputs, step.shapes.inputs.size());
    parameters = std::max(parameters, model_.nodes()[step.node].parameters.size());
  }
  workspace.inputs.resize(inputs);
  workspace.input_gradients.resize(inputs);
  workspace.parameters.resize(parameters);
  workspace.parameter_gradients.resize(parameters);
  return workspace;
}

View Plan::buffer_view(const ShardRun& run, Index buffer, const Shape& sample) const {
  if (buffer < 0) return {nullptr, sample.batched(run.input.shape[0])};
  return {run.workspace->arena.data() + buffers_[buffer].offset,
          sample.batched(run.input.shape[0])};
}

ConstView Plan::value(const ShardRun& run, Index node) const {
  if (node == request_.from) return run.input;
  return buffer_view(run, value_buffer_[node], shapes_[node]);
}

void Plan::run(Index phase, ShardRun& run) const {
  for (const Instruction& instruction : phases_[phase]) {
    if (instruction.kind == Kind::loss) {
      run_loss(run);
      continue;
    }
    const Step& step = steps_[instruction.step];
    const View value = buffer_view(run, step.value, step.output);
    const View gradient = buffer_view(run, gradient_buffer_[step.node], step.output);
    switch (instruction.kind) {
      case Kind::collect:
      case Kind::forward:
        forward(step, run, instruction.kind == Kind::collect);
        break;
      case Kind::activate:
        apply(step.activation, buffer_view(run, step.result, step.output), value);
        break;
      case Kind::penalty:
        run_penalty(step, run);
        break;
      case Kind::penalty_gradient:
        add_penalty_gradient(model_.nodes()[step.node].activity_regularizer,
                             1 / static_cast<double>(run.batch), value, gradient);
        break;
      case Kind::activation_gradient: {
        const bool of_input = gradient_needs_input(step.activation.kind);
        apply_gradient(step.activation,
                       of_input ? buffer_view(run, step.result, step.output) : value, gradient,
                       gradient);
        break;
      }
      case Kind::collect_gradient:
      case Kind::backward:
        backward(step, run, instruction.kind == Kind::collect_gradient);
        break;
      case Kind::loss:
        break;
    }
  }
}

ForwardPass Plan::forward_pass(const Step& step, ShardRun& run) const {
  const Node& node = model_.nodes()[step.node];
  Workspace& workspace = *run.workspace;
  const std::size_t inputs = node.inputs.size(), parameters = node.parameters.size();
  for (std::size_t i = 0; i < inputs; ++i) workspace.inputs[i] = value(run, node.inputs[i]);
  for (std::size_t i = 0; i < parameters; ++i) {
    workspace.parameters[i] = view(std::as_const(model_.parameters()[node.parameters[i]].value));
  }
  return {
      .inputs = std::span(workspace.inputs).first(inputs),
      .parameters = std::span(workspace.parameters).first(parameters),
      .output = buffer_view(run, step.result, step.output),
      .packed = packed_view(run, step),
      .scratch = scratch_view(run, step.scratch),
      .prepared = step.prepared.get(),
      .activation = step.fused ? step.activation : Activation{},
      .mode = request_.mode,
      .random = random_key(step, run),
      .penalty_scale = penalty_scale(run),
  };
}

void Plan::forward(const Step& step, ShardRun& run, bool collect) const {
  const Node& node = model_.nodes()[step.node];
  ForwardPass pass = forward_pass(step, run);
  const std::size_t count = static_cast<std::size_t>(step.statistics_count);
  if (collect) {
    node.layer->collect(pass, {run.partial_sums + step.statistics, count});
    return;
  }
  if (step.statistics >= 0) pass.statistics = {run.sums + step.statistics, count};
  node.layer->forward(pass);
}

void Plan::run_penalty(const Step& step, ShardRun& run) const {
  const Node& node = model_.nodes()[step.node];
  if (node.layer->has_penalty()) run.penalty += node.layer->penalty(forward_pass(step, run));
  if (node.activity_regularizer) {
    const View value = buffer_view(run, step.value, step.output);
    run.penalty += penalty(node.activity_regularizer, value) / static_cast<double>(run.batch);
  }
}

void Plan::backward(const Step& step, ShardRun& run, bool collect) const {
  const Node& node = model_.nodes()[step.node];
  const BackwardNeeds needs = backward_needs(step, node);
  Workspace& workspace = *run.workspace;
  const std::size_t inputs = node.inputs.size(), parameters = node.parameters.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const Shape& shape = step.shapes.inputs[i];
    workspace.inputs[i] = needs.inputs ? value(run, node.inputs[i]) : ConstView{};
    workspace.input_gradients[i] = buffer_view(run, step.input_gradients[i].buffer, shape);
  }
  for (std::size_t i = 0; i < parameters; ++i) {
    const Index p = node.parameters[i];
    workspace.parameters[i] = view(std::as_const(model_.parameters()[p].value));
    const Index slot = step.parameter_gradients[i];
    workspace.parameter_gradients[i] = {
        slot < 0 ? nullptr : run.gradients + gradient_slots_[slot].offset,
        slot < 0 || !gradient_slots_[slot].packed ? workspace.parameters[i].shape
                                                  : Shape{gradient_slots_[slot].size}};
  }
  BackwardPass pass{
      .inputs = std::span(workspace.inputs).first(inputs),
      .parameters = std::span(workspace.parameters).first(parameters),
      .output = needs.output ? buffer_view(run, step.result, step.output) : View{},
      .output_gradient = buffer_view(run, gradient_buffer_[step.node], step.output),
      .input_gradients = std::span(workspace.input_gradients).first(inputs),
      .parameter_gradients = std::span(workspace.parameter_gradients).first(parameters),
      .packed = packed_view(run, step),
      .scratch = scratch_view(run, step.backward_scratch),
      .prepared = step.prepared.get(),
      .activation = step.fused ? step.activation : Activation{},
      .random = random_key(step, run),
      .penalty_scale = penalty_scale(run),
  };
  if (step.statistics >= 0) {
    const std::size_t count = static_cast<std::size_t>(step.statistics_count);
    pass.statistics = {run.sums + step.statistics, count};
    if (collect) {
      node.layer->collect_gradient(pass, {run.partial_sums + step.statistics + count, count});
      return;
    }
    pass.gradient_statistics = {run.sums + step.statistics + count, count};
  }
  node.layer->backward(pass);

  // Layers overwrite; the graph adds.
  for (std::size_t i = 0; i < inputs; ++i) {
    const Index total = step.input_gradients[i].add_to;
    if (total < 0) continue;
    add(pass.input_gradients[i], buffer_view(run, total, step.shapes.inputs[i]));
  }
}

void Plan::run_loss(ShardRun& run) const {
  const View gradient = buffer_view(run, gradient_buffer_[request_.to], shapes_[request_.to]);
  ConstView image = output(run);
  if (!is_linear(absorbed_)) {
    apply(absorbed_, image, gradient);  // its memory is free until the loss writes there
    image = gradient;
  }
  run.psnr_sum = static_cast<double>(image.shape[0]) * mean_psnr(image, run.target);
  run.loss = request_.loss->evaluate({.prediction = output(run),
                                      .target = run.target,
                                      .gradient = gradient,
                                      .count = run.batch_elements,
                                      .absorbed = !is_linear(absorbed_),
                                      .scratch = scratch_view(run, loss_scratch_)});
}

View Plan::scratch_view(const ShardRun& run, Index buffer) const {
  if (buffer < 0) return {};
  return {run.workspace->arena.data() + buffers_[buffer].offset, {buffers_[buffer].size}};
}

ConstView Plan::packed_view(const ShardRun& run, const Step& step) const {
  if (step.packed < 0) return {};
  return {run.packed + step.packed, {step.packed_count}};
}

void Plan::pack(Index number, Real* packed) const {
  const Step& step = steps_[number];
  if (step.packed < 0) return;
  const Parameter& kernel = model_.parameters()[model_.nodes()[step.node].parameters[0]];
  step.prepared->pack(view(kernel.value), {packed + step.packed, {step.packed_count}});
}

Index Plan::multiply_adds() const {
  Index sum = 0;
  for (const Step& step : steps_) {
    sum += model_.nodes()[step.node].layer->multiply_adds(step.shapes);
  }
  return request_.mode == Mode::training ? 3 * sum : sum;
}

PenaltyScale Plan::penalty_scale(const ShardRun& run) const {
  return {.batch = run.batch, .output_size = shapes_[request_.to].size()};
}

RandomKey Plan::random_key(const Step& step, const ShardRun& run) const {
  return {.seed = run.seed,
          .purpose = Purpose::dropout,
          .salt = static_cast<std::uint16_t>(step.node),
          .epoch = run.step,
          .index = static_cast<std::uint32_t>(run.first_sample)};
}

}  // namespace adjoint
