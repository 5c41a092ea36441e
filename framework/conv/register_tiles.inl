// Small matrix products in registers, compiled once for every target that Highway chooses among at
// run time:
//
//     C(i, lanes) = sum over t of A(i, t) B(t, lanes)
//
// with elements of A broadcast, vectors of B loaded, and a tile of C that stays in registers.

// Toggles, so that each target gets its own copy.
#if defined(ADJOINT_REGISTER_TILES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_REGISTER_TILES_INL
#undef ADJOINT_REGISTER_TILES_INL
#else
#define ADJOINT_REGISTER_TILES_INL
#endif

#include <hwy/highway.h>

#include <array>
#include <utility>

#include "framework/tensor/tensor.hpp"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE::tiles {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<Real>;
using Vec = hn::Vec<Tag>;
constexpr Tag d;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
constexpr int kRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 32 : 16;

/// Rows i ... i + kRows - 1 of C. A job says where A and B are, and how a vector of C begins and
/// where it ends up.
template <int kRows, int kVectors, class Job>
void tile(const Job& job, Index i) {
  Vec sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = job.begin(i + r, v);
  }
  for (Index row = 0; row < job.rows(); ++row) {
    for (Index t = 0; t < job.terms(); ++t) {
      const Real* from = job.b(row, t);
      Vec b[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) b[v] = hn::LoadU(d, from + v * kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        const Vec a = hn::Set(d, *job.a(i + r, row, t));
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(a, b[v], sum[r][v]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) job.end(i + r, v, sum[r][v]);
  }
}

template <int kVectors, class Job, int... kRows>
constexpr auto tiles_of_every_size(std::integer_sequence<int, kRows...>) {
  return std::array{&tile<kRows + 1, kVectors, Job>...};
}

/// All `count` rows of C, in tiles of at most kMostRows, as equal as can be.
template <int kMostRows, int kVectors, class Job>
void product(const Job& job, Index count) {
  static constexpr auto kTiles =
      tiles_of_every_size<kVectors, Job>(std::make_integer_sequence<int, kMostRows>());
  const Index tiles = (count + kMostRows - 1) / kMostRows;
  for (Index n = 0, i = 0; n < tiles; ++n) {
    const Index rows = count / tiles + (n < count % tiles ? 1 : 0);
    kTiles[static_cast<std::size_t>(rows - 1)](job, i);
    i += rows;
  }
}

}  // namespace adjoint::HWY_NAMESPACE::tiles
HWY_AFTER_NAMESPACE();

#endif
