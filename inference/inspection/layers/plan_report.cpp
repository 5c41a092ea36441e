#include "inference/inspection/layers/plan_report.hpp"

#include <fmt/ranges.h>

#include "inference/inspection/report_tables.hpp"
#include "inference/inspection/table.hpp"

namespace adjoint {
namespace {

using InstructionKind = Plan::Instruction::Kind;

std::string_view name_of(InstructionKind kind) {
  switch (kind) {
    case InstructionKind::collect:
      return "collect statistics";
    case InstructionKind::forward:
      return "forward";
    case InstructionKind::activate:
      return "activate";
    case InstructionKind::penalty:
      return "penalty";
    case InstructionKind::loss:
      return "loss";
    case InstructionKind::penalty_gradient:
      return "penalty gradient";
    case InstructionKind::activation_gradient:
      return "activation gradient";
    case InstructionKind::collect_gradient:
      return "collect gradient statistics";
    case InstructionKind::backward:
      break;
  }
  return "backward";
}

/// The parts of "a: x, b: y" whose product the instruction runs.
std::string engines_of(const Plan::Step& step, InstructionKind kind, const Node& node) {
  const std::string all = step.prepared ? step.prepared->description() : "";
  if (all.empty() || (kind != InstructionKind::forward && kind != InstructionKind::backward))
    return {};
  const bool transposed = node.layer->type() == "Conv2DTranspose";
  const std::string forward_product = transposed ? "backward_data" : "forward";
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(", ", begin), all.size());
    const std::string part = all.substr(begin, end - begin);
    const bool is_forward = part.starts_with(forward_product + ":");
    const bool to_input = !is_forward && !part.starts_with("backward_kernel:");
    const bool skipped =
        to_input && !step.input_gradients.empty() && step.input_gradients[0].buffer < 0;
    if (is_forward == (kind == InstructionKind::forward) && !skipped) parts.push_back(part);
    begin = end + 2;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string fused_into(const Plan::Step& step, InstructionKind kind, const Node& node) {
  std::vector<std::string> parts;
  const bool bias = node.parameters.size() > 1 && step.fused;
  const std::string activation(adjoint::name_of(step.activation.kind));
  const bool activated = step.fused && step.activation.kind != Activation::Kind::linear;
  if (kind == InstructionKind::forward) {
    if (bias) parts.emplace_back("bias");
    if (activated) parts.push_back(activation);
    if (step.in_place) parts.emplace_back("in place");
  }
  if (kind == InstructionKind::backward) {
    if (activated) parts.push_back(activation + " gradient");
    if (bias) parts.emplace_back("bias gradient");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string kib(Index elements) {
  return with_commas((elements * static_cast<Index>(sizeof(Real)) + 1023) / 1024);
}

}  // namespace

PlanReport report_plan(const Model& model, const Plan& plan, Index batch) {
  PlanReport report{
      .input = plan.input_shape(),
      .batch = batch,
      .shard = plan.request().batch,
      .precision = plan.request().convolution.precision == Precision::bf16 ? "bf16" : "float32",
      .buffers = plan.buffers(),
      .arena = plan.arena_size(),
      .demand = peak_demand(plan.buffers()),
      .packed = plan.packed_size(),
      .gradients = plan.gradient_size(),
      .multiply_adds = plan.multiply_adds()};
  for (const auto& phase : plan.phases()) {
    for (const Plan::Instruction& instruction : phase) {
      PlanReport::Instruction row{.kind = std::string(name_of(instruction.kind))};
      if (instruction.kind == InstructionKind::loss) {
        row.fused = "its gradient";
        const Activation::Kind absorbed = plan.absorbed_activation().kind;
        if (absorbed != Activation::Kind::linear) {
          row.fused += fmt::format(", {}", adjoint::name_of(absorbed));
        }
      } else {
        const Plan::Step& step = plan.steps()[instruction.step];
        const Node& node = model.nodes()[step.node];
        row.layer = node.name;
        row.engines = engines_of(step, instruction.kind, node);
        row.fused = fused_into(step, instruction.kind, node);
        if (instruction.kind == InstructionKind::forward) row.output = to_string(step.output);
      }
      report.instructions.push_back(std::move(row));
    }
  }
  return report;
}

std::string plan_text(const PlanReport& report) {
  using Align = Table::Align;
  Table steps{.columns = {{"#"},
                          {"instruction", Align::left},
                          {"layer", Align::left},
                          {"output", Align::left},
                          {"engines", Align::left},
                          {"together with", Align::left}}};
  for (std::size_t i = 0; i < report.instructions.size(); ++i) {
    const PlanReport::Instruction& row = report.instructions[i];
    steps.rows.push_back(
        {{std::to_string(i), row.kind, row.layer, row.output, row.engines, row.fused}});
  }
  Table buffers{.columns = {{"buffer", Align::left}, {"KiB"}, {"offset"}, {"from #"}, {"to #"}}};
  for (const Buffer& buffer : report.buffers) {
    buffers.rows.push_back({{buffer.name, kib(buffer.size), kib(buffer.offset),
                             std::to_string(buffer.first), std::to_string(buffer.last)}});
  }
  return fmt::format(
      "{}: a training step of {} images of {}, at most {} at a time in one thread, {}\n"
      "{} multiply-adds an image in the forward and backward products\n\n{}\n{}\n"
      "arena            {:>9} KiB for each thread\n"
      "alive at once    {:>9} KiB at most\n"
      "packed kernels   {:>9} KiB\n"
      "gradients        {:>9} KiB for each shard\n",
      report.name, report.batch, to_string(report.input), report.shard, report.precision,
      with_commas(report.multiply_adds), table_text(steps), table_text(buffers), kib(report.arena),
      kib(report.demand), kib(report.packed), kib(report.gradients));
}

nlohmann::ordered_json plan_json(const PlanReport& report) {
  using Json = nlohmann::ordered_json;
  const auto bytes = [](Index elements) { return elements * static_cast<Index>(sizeof(Real)); };
  Json instructions = Json::array(), buffers = Json::array();
  for (const PlanReport::Instruction& row : report.instructions) {
    instructions.push_back({{"instruction", row.kind},
                            {"layer", row.layer},
                            {"output", row.output},
                            {"engines", row.engines},
                            {"fused", row.fused}});
  }
  for (const Buffer& buffer : report.buffers) {
    buffers.push_back({{"name", buffer.name},
                       {"bytes", bytes(buffer.size)},
                       {"offset", bytes(buffer.offset)},
                       {"first", buffer.first},
                       {"last", buffer.last}});
  }
  Json input = Json::array();
  for (const Index extent : report.input) input.push_back(extent);
  return {{"name", report.name},
          {"input", input},
          {"batch", report.batch},
          {"shard", report.shard},
          {"precision", report.precision},
          {"multiply_adds", report.multiply_adds},
          {"arena_bytes", bytes(report.arena)},
          {"alive_at_once_bytes", bytes(report.demand)},
          {"packed_kernel_bytes", bytes(report.packed)},
          {"gradient_bytes", bytes(report.gradients)},
          {"instructions", instructions},
          {"buffers", buffers}};
}

}  // namespace adjoint
