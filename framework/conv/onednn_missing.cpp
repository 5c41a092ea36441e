// Stands in for onednn_engine.cpp in a build without oneDNN.

#include <cassert>

#include "framework/conv/engine_list.hpp"

namespace adjoint {
namespace {

class MissingEngine final : public Engine {
 public:
  std::string_view name() const override { return "onednn"; }
  std::string refusal(const ConvGeometry&, Product) const override {
    return "this build has no oneDNN; install libdnnl-dev and configure again";
  }
  std::unique_ptr<PreparedProduct> prepare(const ConvGeometry&, Product,
                                           const EngineRequest&) const override {
    assert(false && "it refuses everything");
    return nullptr;
  }
};

}  // namespace

std::string bf16_refusal() {
  return "this build has no oneDNN; install libdnnl-dev and configure again";
}

const Engine& onednn_engine() {
  static const MissingEngine engine;
  return engine;
}

}  // namespace adjoint
