#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// total += part, element by element.
void add(ConstView part, View total);

}  // namespace adjoint
