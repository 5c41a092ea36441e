#pragma once

#include <string>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// A piece of memory that a plan needs from its instruction `first` to its instruction `last`, both
/// included.
struct Buffer {
  std::string name;  // "enc1", "enc1 gradient", "enc1 scratch"
  Index size = 0;    // elements
  Index first = 0;
  Index last = 0;
  Index offset = 0;  // set by place_buffers
};

/// Gives every buffer an offset such that two that are alive at once never overlap, and returns the
/// size of the arena that holds them all. Offsets are multiples of 64 bytes. Largest first, each at
/// the lowest place that is free for its whole life.
Index place_buffers(std::vector<Buffer>& buffers);

/// The largest sum of sizes alive at one instruction: no arena can be smaller.
Index peak_demand(const std::vector<Buffer>& buffers);

}  // namespace adjoint
