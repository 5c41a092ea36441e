// Stands in for onednn_engine.cpp in a build without oneDNN.

#include <cassert>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/instruction_sets.hpp"

namespace adjoint {

std::string bf16_refusal() {
  return "this build has no oneDNN; install libdnnl-dev and configure again";
}

std::string onednn_instruction_set() {
  return "none";
}

std::string onednn_version() {
  return "none";
}

const Engine onednn_engine{.name = "onednn",
                           .prepare = [](const ConvGeometry&, Product,
                                         const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
                             assert(false && "it refuses everything");
                             return nullptr;
                           },
                           .refusal = [](const ConvGeometry&, Product) { return bf16_refusal(); }};

}  // namespace adjoint
