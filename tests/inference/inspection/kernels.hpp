#pragma once

#include <algorithm>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

inline Tensor make_kernel(const Shape& shape, std::initializer_list<Real> weights) {
  Tensor kernel = make_tensor(shape);
  std::ranges::copy(weights, kernel.data());
  return kernel;
}

}  // namespace adjoint
