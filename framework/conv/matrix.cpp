#include "framework/conv/matrix.hpp"

#include <cassert>

namespace adjoint {

SparseMatrix convolution_matrix(const ConvGeometry& g, ConstView kernel) {
  assert(kernel.size() == g.kernel_shape().size());
  const Index group_c = g.image_channels_per_group();
  const Index group_k = g.feature_channels_per_group();
  const Index filters = g.features.channels;
  SparseMatrix matrix{.rows = g.features.shape().size(), .columns = g.image.shape().size()};
  for (Index row = 0; row < matrix.rows; ++row) {
    const Index filter = row % filters;
    const Index left = row / filters % g.features.w * g.stride.w - g.padding.left;
    const Index top = row / filters / g.features.w * g.stride.h - g.padding.top;
    for (Index tap = 0; tap < kernel.size() / filters; ++tap) {
      const Index channel = tap % group_c;
      const Index x = left + tap / group_c % g.kernel.w * g.dilation.w;
      const Index y = top + tap / group_c / g.kernel.w * g.dilation.h;
      if (x < 0 || x >= g.image.w || y < 0 || y >= g.image.h) continue;
      matrix.column.push_back((y * g.image.w + x) * g.image.channels + filter / group_k * group_c +
                              channel);
      matrix.value.push_back(kernel[tap * filters + filter]);
    }
    matrix.first.push_back(matrix.entries());
  }
  return matrix;
}

namespace {

template <class Body>
void for_each_entry(const SparseMatrix& a, Body body) {
  for (Index row = 0; row < a.rows; ++row)
    for (Index i = a.first[row]; i < a.first[row + 1]; ++i) body(row, a.column[i], a.value[i]);
}

}  // namespace

Tensor multiply(const SparseMatrix& a, ConstView x) {
  const Index batch = x.size() / a.columns;
  Tensor y = make_tensor({batch, a.rows}, 0);
  for (Index n = 0; n < batch; ++n)
    for_each_entry(a, [&](Index row, Index column, Real value) {
      y.data()[n * a.rows + row] += value * x[n * a.columns + column];
    });
  return y;
}

Tensor multiply_transposed(const SparseMatrix& a, ConstView y) {
  const Index batch = y.size() / a.rows;
  Tensor x = make_tensor({batch, a.columns}, 0);
  for (Index n = 0; n < batch; ++n)
    for_each_entry(a, [&](Index row, Index column, Real value) {
      x.data()[n * a.columns + column] += value * y[n * a.rows + row];
    });
  return x;
}

Tensor to_dense(const SparseMatrix& a) {
  Tensor dense = make_tensor({a.rows, a.columns}, 0);
  for_each_entry(a, [&](Index row, Index column, Real value) {
    dense.data()[row * a.columns + column] = value;
  });
  return dense;
}

}  // namespace adjoint
