#include "models/onnx/onnx_graph.hpp"

namespace adjoint {
namespace {

template <class T>
std::vector<T> reordered(const std::vector<T>& numbers, const OnnxInts& extents,
                         const OnnxInts& strides) {
  std::vector<T> result;
  result.reserve(numbers.size());
  OnnxInts position(extents.size(), 0);
  std::int64_t from = 0;
  while (result.size() < numbers.size()) {
    result.push_back(numbers[static_cast<std::size_t>(from)]);
    for (std::size_t axis = extents.size(); axis-- > 0;) {
      from += strides[axis];
      if (++position[axis] < extents[axis]) break;
      from -= strides[axis] * extents[axis];
      position[axis] = 0;
    }
  }
  return result;
}

}  // namespace

OnnxTensor transposed(const OnnxTensor& tensor, const OnnxInts& axes) {
  OnnxInts strides(tensor.dims.size(), 1);
  for (std::size_t axis = strides.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * tensor.dims[axis];
  OnnxTensor result;
  OnnxInts steps;
  for (const std::int64_t axis : axes) {
    result.dims.push_back(tensor.dims[static_cast<std::size_t>(axis)]);
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  std::visit([&](const auto& numbers) { result.numbers = reordered(numbers, result.dims, steps); },
             tensor.numbers);
  return result;
}

}  // namespace adjoint
