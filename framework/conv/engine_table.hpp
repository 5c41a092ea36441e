#pragma once

#include "framework/conv/engine.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// Every engine of this build, in order of preference: the rows are in engine.cpp.
struct EngineFamily {
  using Make = const Engine&();
  struct Traits {};
  static std::span<const Kind<EngineFamily>> kinds();
};

}  // namespace adjoint
