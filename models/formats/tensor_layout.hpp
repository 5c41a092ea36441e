#pragma once

#include <cstddef>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// How another program lays out the numbers of one of our tensors:
///     theirs = ours.reshape(split).transpose(axes).reshape(shape)
/// An empty split: the same numbers in the same order, under the shape.
struct TensorLayout {
  std::vector<Index> split;
  std::vector<std::size_t> axes;
  Shape shape;
};

/// The layout that changes nothing.
TensorLayout same_layout(const Shape& shape);

/// One of our tensors in the other layout, and back: `ours` is the shape of the result. The sizes
/// must agree.
Tensor to_layout(const Tensor& ours, const TensorLayout& layout);
Tensor from_layout(const Tensor& theirs, const TensorLayout& layout, const Shape& ours);

}  // namespace adjoint
