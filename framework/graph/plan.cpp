// Runs a plan over one shard; plan_builder.cpp made it.

#include "framework/graph/plan.hpp"

#include <algorithm>
#include <limits>

#include "framework/pointwise/linear.hpp"

namespace adjoint {

using InstructionKind = Plan::Instruction::Kind;

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
    if (instruction.kind == InstructionKind::loss) {
      run_loss(run);
      continue;
    }
    const Step& step = steps_[instruction.step];
    const View value = buffer_view(run, step.value, step.output);
    const View gradient = buffer_view(run, gradient_buffer_[step.node], step.output);
    switch (instruction.kind) {
      case InstructionKind::collect:
      case InstructionKind::forward:
        forward(step, run, instruction.kind == InstructionKind::collect);
        break;
      case InstructionKind::activate:
        apply(step.activation, buffer_view(run, step.result, step.output), value);
        break;
      case InstructionKind::penalty:
        run_penalty(step, run);
        break;
      case InstructionKind::penalty_gradient:
        add_penalty_gradient(model_.nodes()[step.node].activity_regularizer,
                             1 / static_cast<double>(run.batch), value, gradient);
        break;
      case InstructionKind::activation_gradient: {
        const bool of_input = gradient_needs_input(step.activation.kind);
        apply_gradient(step.activation,
                       of_input ? buffer_view(run, step.result, step.output) : value, gradient,
                       gradient);
        break;
      }
      case InstructionKind::collect_gradient:
      case InstructionKind::backward:
        backward(step, run, instruction.kind == InstructionKind::collect_gradient);
        if (run.watch && instruction.kind == InstructionKind::backward)
          run.watch->step_done(instruction.step, run.worker);
        break;
      case InstructionKind::loss:
        break;
    }
  }
  if (request_.mode == Mode::inference) hand_out(run);
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
  Workspace& workspace = *run.workspace;
  const std::size_t inputs = node.inputs.size(), parameters = node.parameters.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const Shape& shape = step.shapes.inputs[i];
    workspace.inputs[i] = step.needs.inputs ? value(run, node.inputs[i]) : ConstView{};
    workspace.input_gradients[i] = buffer_view(run, step.input_gradients[i].buffer, shape);
  }
  for (std::size_t i = 0; i < parameters; ++i) {
    const Index p = node.parameters[i];
    workspace.parameters[i] = view(std::as_const(model_.parameters()[p].value));
    const Index slot = step.parameter_gradients[i];
    workspace.parameter_gradients[i] = {
        slot < 0 ? nullptr : run.gradients + gradient_slots_[slot].offset,
        slot < 0 || !gradient_slots_[slot].packing ? workspace.parameters[i].shape
                                                   : Shape{gradient_slots_[slot].size}};
  }
  BackwardPass pass{
      .inputs = std::span(workspace.inputs).first(inputs),
      .parameters = std::span(workspace.parameters).first(parameters),
      .output = step.needs.output ? buffer_view(run, step.result, step.output) : View{},
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
  hand_out(run);  // before the backward pass reuses its memory
  run.loss = request_.loss->evaluate(
      {.prediction = value(run, request_.to),
       .target = run.target,
       .mask = run.mask,
       .gradient = buffer_view(run, gradient_buffer_[request_.to], shapes_[request_.to]),
       .count = run.batch_elements,
       .absorbed = absorbed_.kind != Activation::Kind::linear,
       .scratch = scratch_view(run, loss_scratch_)});
}

void Plan::hand_out(const ShardRun& run) const {
  if (run.output) std::ranges::copy(value(run, request_.to).flat(), run.output.data);
}

View Plan::scratch_view(const ShardRun& run, Index buffer) const {
  if (buffer < 0) return {};
  return {run.workspace->arena.data() + buffers_[buffer].offset, {buffers_[buffer].size}};
}

ConstView Plan::packed_view(const ShardRun& run, const Step& step) const {
  if (!step.packing) return {};
  return {run.packed + step.packed, {step.packing->packed_size()}};
}

void Plan::pack_kernel(const Step& step, Real* packed) const {
  if (!step.packing) return;
  const Parameter& kernel = model_.parameters()[model_.nodes()[step.node].parameters[0]];
  step.packing->pack(kernel.value.data(), packed + step.packed);
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
