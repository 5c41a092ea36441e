#include "framework/conv/gemm.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

// Blocks inside larger matrices, every transpose, and the sizes at which BLAS takes another path.
TEST(Gemm, MultipliesBlocksExactlyOnIntegers) {
  constexpr Real nan = std::numeric_limits<Real>::quiet_NaN();
  Random random({.seed = 1});
  const auto integers = [&](Index count) {
    std::vector<Real> values(static_cast<std::size_t>(count));
    for (Real& x : values) x = static_cast<Real>(random.below(9)) - 4;
    return values;
  };
  const auto check = [&](Index m, Index n, Index k, bool a_transposed, bool b_transposed,
                         bool accumulate, Index gap) {
    const Index a_stride = (a_transposed ? m : k) + gap, b_stride = (b_transposed ? k : n) + gap;
    const Index c_stride = n + gap;
    const std::vector<Real> a = integers((a_transposed ? k : m) * a_stride);
    const std::vector<Real> b = integers((b_transposed ? n : k) * b_stride);
    std::vector<Real> c(static_cast<std::size_t>(m * c_stride), nan);
    std::vector<Real> before = integers(m * n);
    if (accumulate)
      for (Index i = 0; i < m * n; ++i) c[i / n * c_stride + i % n] = before[i];
    gemm({m, n, k}, {a.data(), a_stride, a_transposed}, {b.data(), b_stride, b_transposed},
         c.data(), c_stride, accumulate);
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < c_stride; ++j) {
        const Real got = c[i * c_stride + j];
        if (j >= n) {
          ASSERT_NE(got, got) << "wrote beside its block";
          continue;
        }
        Real expected = accumulate ? before[i * n + j] : Real{0};
        for (Index l = 0; l < k; ++l)
          expected += a[a_transposed ? l * a_stride + i : i * a_stride + l] *
                      b[b_transposed ? j * b_stride + l : l * b_stride + j];
        ASSERT_EQ(got, expected) << m << " " << n << " " << k << " at " << i << ", " << j;
      }
  };
  for (Index m : {1, 2, 9, 70})
    for (Index n : {1, 3, 33})
      for (Index k : {1, 5, 64})
        for (int flags = 0; flags < 8; ++flags)
          for (Index gap : {0, 3}) check(m, n, k, flags & 1, flags & 2, flags & 4, gap);
}

}  // namespace
}  // namespace adjoint
