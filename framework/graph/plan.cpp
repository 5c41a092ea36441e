// Runs a plan over one shard; plan_builder.cpp made it.

#include "framework/graph/plan.hpp"

#include <algorithm>
#include <limits>

#include "framework/pointwise/linear.hpp"

namespace adjoint {

using InstructionKind = Plan::Instruction::Kind;

/// What a thread computes of a step: everything, or one of its bands of rows.
struct Plan::Share {
  Index band = -1;  // -1: everything
  Index bands = 1;
  Index units = 1;  // of neighbouring rows that stay together: what a row of the smallest image is

  /// This band's rows of a single image.
  template <class AnyView>
  AnyView of(const AnyView& view) const {
    if (bands == 1) return view;
    const Index rows = view.shape[1], unit = rows / units, row = view.shape.size() / rows;
    const Index first = units * band / bands, end = units * (band + 1) / bands;
    AnyView share{view.data + first * unit * row, view.shape};
    share.shape[1] = (end - first) * unit;
    return share;
  }
};

Workspace Plan::make_workspace() const {
  Workspace workspace{.arena = {}, .operands = make_operands()};
  // Poison: a layer that reads what nobody wrote gives NaN, not luck.
  workspace.arena.assign(static_cast<std::size_t>(arena_size_),
                         std::numeric_limits<Real>::quiet_NaN());
  return workspace;
}

BandMemory Plan::make_band_memory() const {
  Index scratch = 0;
  for (const Step& step : steps_) {
    if (step.scratch >= 0) scratch = std::max(scratch, buffers_[step.scratch].size);
  }
  BandMemory memory{.scratch = {}, .operands = make_operands()};
  memory.scratch.resize(static_cast<std::size_t>(scratch));
  return memory;
}

Operands Plan::make_operands() const {
  std::size_t inputs = 0, parameters = 0;
  for (const Step& step : steps_) {
    inputs = std::max(inputs, step.shapes.inputs.size());
    parameters = std::max(parameters, model_.nodes()[step.node].parameters.size());
  }
  Operands operands;
  operands.inputs.resize(inputs);
  operands.input_gradients.resize(inputs);
  operands.parameters.resize(parameters);
  operands.parameter_gradients.resize(parameters);
  return operands;
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

Index Plan::most_bands() const {
  Index most = 1;
  for (const Step& step : steps_) most = std::max(most, step.bands);
  return most;
}

Index Plan::bands(const Instruction& instruction, Index samples) const {
  const Step& step = steps_[instruction.step];
  if (instruction.kind == InstructionKind::forward && step.prepared) return step.bands;
  return samples == 1 ? step.bands : 1;  // the rows of a band lie beside each other in one image
}

void Plan::run_band(const Instruction& instruction, Index band, BandMemory& memory,
                    ShardRun& run) const {
  const Step& step = steps_[instruction.step];
  const Index bands = this->bands(instruction, run.input.shape[0]);
  Share share{.band = bands > 1 ? band : -1, .bands = bands};
  if (instruction.kind == InstructionKind::activate) {
    share.units = step.output[0];
    apply(step.activation, share.of(ConstView(buffer_view(run, step.result, step.output))),
          share.of(buffer_view(run, step.value, step.output)));
    return;
  }
  if (step.prepared) {
    share.bands = 1;  // it finds its rows itself
  } else if (bands > 1) {
    share.units = std::min(step.output[0], step.shapes.inputs[0][0]);
  }
  const View scratch{memory.scratch.data(), {static_cast<Index>(memory.scratch.size())}};
  model_.nodes()[step.node].layer->forward(
      forward_pass(step, run, memory.operands, scratch, share));
}

ForwardPass Plan::forward_pass(const Step& step, const ShardRun& run) const {
  return forward_pass(step, run, run.workspace->operands, scratch_view(run, step.scratch), {});
}

ForwardPass Plan::forward_pass(const Step& step, const ShardRun& run, Operands& operands,
                               View scratch, const Share& share) const {
  const Node& node = model_.nodes()[step.node];
  const std::size_t inputs = node.inputs.size(), parameters = node.parameters.size();
  for (std::size_t i = 0; i < inputs; ++i)
    operands.inputs[i] = share.of(value(run, node.inputs[i]));
  for (std::size_t i = 0; i < parameters; ++i) {
    operands.parameters[i] = view(std::as_const(model_.parameters()[node.parameters[i]].value));
  }
  return {
      .inputs = std::span(std::as_const(operands.inputs)).first(inputs),
      .parameters = std::span(std::as_const(operands.parameters)).first(parameters),
      .output = share.of(buffer_view(run, step.result, step.output)),
      .packed = packed_view(run, step),
      .scratch = scratch,
      .prepared = step.prepared.get(),
      .band = share.band,
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
  Operands& operands = run.workspace->operands;
  const std::size_t inputs = node.inputs.size(), parameters = node.parameters.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const Shape& shape = step.shapes.inputs[i];
    operands.inputs[i] = step.needs.inputs ? value(run, node.inputs[i]) : ConstView{};
    operands.input_gradients[i] = buffer_view(run, step.input_gradients[i].buffer, shape);
  }
  for (std::size_t i = 0; i < parameters; ++i) {
    const Index p = node.parameters[i];
    operands.parameters[i] = view(std::as_const(model_.parameters()[p].value));
    const Index slot = step.parameter_gradients[i];
    operands.parameter_gradients[i] = {
        slot < 0 ? nullptr : run.gradients + gradient_slots_[slot].offset,
        slot < 0 || !gradient_slots_[slot].packing ? operands.parameters[i].shape
                                                   : Shape{gradient_slots_[slot].size}};
  }
  BackwardPass pass{
      .inputs = std::span(operands.inputs).first(inputs),
      .parameters = std::span(operands.parameters).first(parameters),
      .output = step.needs.output ? buffer_view(run, step.result, step.output) : View{},
      .output_gradient = buffer_view(run, gradient_buffer_[step.node], step.output),
      .input_gradients = std::span(operands.input_gradients).first(inputs),
      .parameter_gradients = std::span(operands.parameter_gradients).first(parameters),
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
