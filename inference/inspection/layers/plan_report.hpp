#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/graph/plan.hpp"

namespace adjoint {

/// The plan of one training step: its instructions in order, fused layers, the engine of each
/// product, and the lifetime and place of every buffer.
struct PlanReport {
  struct Instruction {
    std::string kind;     // "forward", "loss", ...
    std::string layer;    // empty for the loss
    std::string engines;  // of a convolution's products
    std::string fused;    // what is done in the same pass
    std::string output;   // shape of what it writes for one sample
  };
  std::string name;
  Shape input;  // of one sample
  Index batch = 0;
  Index shard = 0;  // samples that run through the plan at once
  std::string precision;
  std::vector<Instruction> instructions;
  std::vector<Buffer> buffers;
  Index arena = 0;          // elements, for each thread
  Index demand = 0;         // the largest set of buffers alive at once
  Index packed = 0;         // elements of packed kernels
  Index gradients = 0;      // elements of one shard's gradients
  Index multiply_adds = 0;  // of a step for one sample
};

/// Reports a training plan over shards of `batch` samples.
PlanReport report_plan(const Model& model, const Plan& plan, Index batch);

std::string plan_text(const PlanReport& report);
nlohmann::ordered_json plan_json(const PlanReport& report);

}  // namespace adjoint
