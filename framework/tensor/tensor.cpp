#include "framework/tensor/tensor.hpp"

#include <algorithm>

namespace adjoint {

Shape shape_of(const Tensor& tensor) {
  Shape shape;
  for (auto extent : tensor.shape()) shape.push_back(static_cast<Index>(extent));
  return shape;
}

View view(Tensor& tensor) {
  return {tensor.data(), shape_of(tensor)};
}

ConstView view(const Tensor& tensor) {
  return {tensor.data(), shape_of(tensor)};
}

Tensor make_tensor(const Shape& shape) {
  [[maybe_unused]] const Index size = shape.size();  // refuses one that xtensor would count wrongly
  return Tensor::from_shape(Tensor::shape_type(shape.begin(), shape.end()));
}

Tensor make_tensor(const Shape& shape, Real value) {
  Tensor tensor = make_tensor(shape);
  std::fill_n(tensor.data(), shape.size(), value);
  return tensor;
}

Tensor copy_of(ConstView view) {
  Tensor tensor = make_tensor(view.shape);
  std::copy_n(view.data, view.size(), tensor.data());
  return tensor;
}

}  // namespace adjoint
