#include "models/formats/tensor_layout.hpp"

#include <algorithm>

namespace adjoint {
namespace {

/// Calls visit(position in ours, position in theirs) for every number.
template <class Visit>
void for_each_number(const TensorLayout& layout, Index size, Visit visit) {
  const std::size_t rank = layout.split.size();
  std::vector<Index> strides(rank), position(rank);
  Index stride = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    strides[axis] = stride;
    stride *= layout.split[axis];
  }
  Index ours = 0;
  for (Index theirs = 0; theirs < size; ++theirs) {
    visit(ours, theirs);
    for (std::size_t i = rank; i-- > 0;) {
      const std::size_t axis = layout.axes[i];
      ours += strides[axis];
      if (++position[i] < layout.split[axis]) break;
      ours -= strides[axis] * layout.split[axis];
      position[i] = 0;
    }
  }
}

}  // namespace

TensorLayout same_layout(const Shape& shape) {
  return {.split = {}, .axes = {}, .shape = shape};
}

Tensor to_layout(const Tensor& ours, const TensorLayout& layout) {
  Tensor theirs = make_tensor(layout.shape);
  if (layout.split.empty()) {
    std::ranges::copy(ours, theirs.begin());
    return theirs;
  }
  for_each_number(layout, layout.shape.size(),
                  [&](Index from, Index to) { theirs.data()[to] = ours.data()[from]; });
  return theirs;
}

Tensor from_layout(const Tensor& theirs, const TensorLayout& layout, const Shape& ours) {
  Tensor result = make_tensor(ours);
  if (layout.split.empty()) {
    std::ranges::copy(theirs, result.begin());
    return result;
  }
  for_each_number(layout, ours.size(),
                  [&](Index to, Index from) { result.data()[to] = theirs.data()[from]; });
  return result;
}

}  // namespace adjoint
