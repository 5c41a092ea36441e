#pragma once

#include <algorithm>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Copies the elements, unless both views show the same memory.
inline void copy(ConstView from, View to) {
  if (from.data != to.data) std::ranges::copy(from.flat(), to.data);
}

}  // namespace adjoint
