#pragma once

// The one door to BLAS. Rows are contiguous; `stride` elements lie between the starts of
// neighbouring rows, so that a block of a larger matrix needs no copy.

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A matrix that a product reads; `transposed` takes the rows that lie in memory as columns.
struct MatrixView {
  const Real* data = nullptr;
  Index stride = 0;
  bool transposed = false;
};

/// C = A B, or C += A B with `accumulate`; A is rows x inner, B inner x columns.
struct GemmSize {
  Index rows = 0;
  Index columns = 0;
  Index inner = 0;
};

/// Runs on the calling thread alone and allocates nothing. Without `accumulate`, what C held
/// before does not matter.
void gemm(const GemmSize& size, const MatrixView& a, const MatrixView& b, Real* c, Index c_stride,
          bool accumulate = false);

}  // namespace adjoint
