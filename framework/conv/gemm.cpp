#include "framework/conv/gemm.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <xtensor-blas/xblas.hpp>

extern "C" {
void openblas_set_num_threads(int count);
// OpenBLAS's own variable, in whose place this one stands as the program is loaded. Otherwise the
// library starts a thread for each processor before main(), and ends the program if it cannot.
int blas_num_threads = 1;
}

namespace adjoint {
namespace {

/// Shards run side by side, each on its own thread: BLAS must not start more.
[[maybe_unused]] const bool single_threaded = (openblas_set_num_threads(1), true);

using xt::blas_index_t;

blas_index_t blas_index(Index value) {
  assert(value >= 0 && value <= std::numeric_limits<blas_index_t>::max());
  return static_cast<blas_index_t>(value);
}

/// BLAS asks for a stride of at least 1 even where there is one row.
blas_index_t blas_stride(Index value) {
  return blas_index(std::max<Index>(value, 1));
}

cxxblas::Transpose transpose(bool transposed) {
  return transposed ? cxxblas::Trans : cxxblas::NoTrans;
}

/// y (+)= M x, where M is rows x columns as it is used.
void gemv(Index rows, Index columns, const MatrixView& m, const Real* x, Index x_step, Real* y,
          Index y_step, Real beta) {
  const bool t = m.transposed;
  cxxblas::gemv(cxxblas::RowMajor, transpose(t), blas_index(t ? columns : rows),
                blas_index(t ? rows : columns), Real{1}, m.data, blas_stride(m.stride), x,
                blas_stride(x_step), beta, y, blas_stride(y_step));
}

}  // namespace

void gemm(const GemmSize& size, const MatrixView& a, const MatrixView& b, Real* c, Index c_stride,
          bool accumulate) {
  // The scalars have the type of the elements: with any other, cxxblas falls back to a plain loop.
  const Real beta = accumulate ? 1 : 0;
  if (size.columns == 1) {
    gemv(size.rows, size.inner, a, b.data, b.transposed ? 1 : b.stride, c, c_stride, beta);
  } else if (size.rows == 1) {
    const MatrixView b_transposed{b.data, b.stride, !b.transposed};
    gemv(size.columns, size.inner, b_transposed, a.data, a.transposed ? a.stride : 1, c, 1, beta);
  } else {
    cxxblas::gemm(cxxblas::RowMajor, transpose(a.transposed), transpose(b.transposed),
                  blas_index(size.rows), blas_index(size.columns), blas_index(size.inner), Real{1},
                  a.data, blas_stride(a.stride), b.data, blas_stride(b.stride), beta, c,
                  blas_stride(c_stride));
  }
}

}  // namespace adjoint
