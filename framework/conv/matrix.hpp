#pragma once

// The matrix C_K that a convolution is, written out. For tests and for looking at: the engines
// never build it.

#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A sparse matrix by compressed rows: row r owns the entries first[r] ... first[r + 1] - 1.
struct SparseMatrix {
  Index rows = 0;
  Index columns = 0;
  std::vector<Index> first{0};
  std::vector<Index> column{};
  std::vector<Real> value{};

  Index entries() const { return static_cast<Index>(value.size()); }
};

/// C_K of one sample: a row for each element of the features (h, w, K), a column for each element
/// of the image (H, W, C), both in NHWC order. `kernel` is (kh, kw, C / groups, K).
SparseMatrix convolution_matrix(const ConvGeometry& geometry, ConstView kernel);

/// y = A x for each row of x: (N, columns) -> (N, rows). Other shapes of the same size will do.
Tensor multiply(const SparseMatrix& a, ConstView x);
/// x = A^T y for each row of y: (N, rows) -> (N, columns).
Tensor multiply_transposed(const SparseMatrix& a, ConstView y);

/// Dense form of the matrix: (rows, columns).
Tensor to_dense(const SparseMatrix& a);

}  // namespace adjoint
