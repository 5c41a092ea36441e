#include "framework/conv/winograd_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/conv/winograd_kernels.cpp"
#include <hwy/foreach_target.h>

#include "framework/conv/register_tiles.inl"
#include "framework/pointwise/piecewise_linear.inl"
#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::winograd::HWY_NAMESPACE {
using namespace adjoint::HWY_NAMESPACE::tiles;
using adjoint::HWY_NAMESPACE::for_each_part;
using adjoint::HWY_NAMESPACE::PiecewiseLinear;

/// to = B^T from along one side, in place of (from[0] ... from[3]).
template <class V>
HWY_INLINE void patch_side(V a, V b, V c, V e, V (&to)[4]) {
  to[0] = hn::Sub(a, c);
  to[1] = hn::Add(b, c);
  to[2] = hn::Sub(c, b);
  to[3] = hn::Sub(b, e);
}

/// to = A from along one side.
template <class V>
HWY_INLINE void tile_side(V a, V b, V (&to)[4]) {
  to[0] = a;
  to[1] = hn::Add(a, b);
  to[2] = hn::Sub(a, b);
  to[3] = hn::Neg(b);
}

/// (to0, to1) = A^T from along one side.
template <class V>
HWY_INLINE void back_side(V a, V b, V c, V e, V& to0, V& to1) {
  const V sum = hn::Add(b, c), difference = hn::Sub(b, c);
  to0 = hn::Add(a, sum);
  to1 = hn::Sub(difference, e);
}

void transform_patches(std::span<const Real* const> pixels, const Matrices& to) {
  const Index step = to.step();
  const Index tiles = static_cast<Index>(pixels.size()) / kPoints;
  for (Index t = 0; t < tiles; ++t) {
    const Real* const* const from = pixels.data() + t * kPoints;
    Real* const row = to.data + t * to.pitch;
    for_each_part(to.columns, [=](auto tag, Index c) HWY_ATTR {
      using V = hn::Vec<decltype(tag)>;
      V columns[4][4];
#pragma GCC unroll 4
      for (Index x = 0; x < 4; ++x) {
        patch_side<V>(hn::LoadU(tag, from[x] + c), hn::LoadU(tag, from[4 + x] + c),
                      hn::LoadU(tag, from[8 + x] + c), hn::LoadU(tag, from[12 + x] + c),
                      columns[x]);
      }
#pragma GCC unroll 4
      for (Index y = 0; y < 4; ++y) {
        V points[4];
        patch_side<V>(columns[0][y], columns[1][y], columns[2][y], columns[3][y], points);
#pragma GCC unroll 4
        for (Index x = 0; x < 4; ++x) hn::StoreU(points[x], tag, row + (4 * y + x) * step + c);
      }
    });
  }
}

void transform_tiles(std::span<const Real* const> pixels, const Matrices& to) {
  const Index step = to.step();
  const Index tiles = static_cast<Index>(pixels.size()) / (kTile * kTile);
  for (Index t = 0; t < tiles; ++t) {
    const Real* const* const from = pixels.data() + t * kTile * kTile;
    Real* const row = to.data + t * to.pitch;
    for_each_part(to.columns, [=](auto tag, Index c) HWY_ATTR {
      using V = hn::Vec<decltype(tag)>;
      V columns[2][4];
#pragma GCC unroll 2
      for (Index x = 0; x < 2; ++x) {
        tile_side<V>(hn::LoadU(tag, from[x] + c), hn::LoadU(tag, from[2 + x] + c), columns[x]);
      }
#pragma GCC unroll 4
      for (Index y = 0; y < 4; ++y) {
        V points[4];
        tile_side<V>(columns[0][y], columns[1][y], points);
#pragma GCC unroll 4
        for (Index x = 0; x < 4; ++x) hn::StoreU(points[x], tag, row + (4 * y + x) * step + c);
      }
    });
  }
}

void transform_back(const Matrices& from, const Real* bias, const Activation& f,
                    std::span<Real* const> pixels) {
  const Index step = from.step();
  const Index tiles = static_cast<Index>(pixels.size()) / (kTile * kTile);
  const PiecewiseLinear activate(f);
  for (Index t = 0; t < tiles; ++t) {
    Real* const* const to = pixels.data() + t * kTile * kTile;
    const Real* const row = from.data + t * from.pitch;
    for_each_part(from.columns, [=](auto tag, Index c) HWY_ATTR {
      using V = hn::Vec<decltype(tag)>;
      const auto finish = [=](V x) HWY_ATTR {
        return activate(tag, bias ? hn::Add(x, hn::LoadU(tag, bias + c)) : x);
      };
      const auto load = [=](Index p) HWY_ATTR { return hn::LoadU(tag, row + p * step + c); };
      V rows[2][4];
#pragma GCC unroll 4
      for (Index x = 0; x < 4; ++x)
        back_side<V>(load(x), load(4 + x), load(8 + x), load(12 + x), rows[0][x], rows[1][x]);
#pragma GCC unroll 2
      for (Index y = 0; y < 2; ++y) {
        V left, right;
        back_side<V>(rows[y][0], rows[y][1], rows[y][2], rows[y][3], left, right);
        hn::StoreU(finish(left), tag, to[2 * y] + c);
        hn::StoreU(finish(right), tag, to[2 * y + 1] + c);
      }
    });
  }
}

/// to = G (a, b, c)
template <class D, class V>
HWY_INLINE void kernel_side(D tag, V a, V b, V c, V (&to)[4]) {
  const V half = hn::Set(tag, Real(0.5));
  const V ends = hn::Mul(hn::Add(a, c), half), middle = hn::Mul(b, half);
  to[0] = a;
  to[1] = hn::Add(ends, middle);
  to[2] = hn::Sub(ends, middle);
  to[3] = c;
}

/// to = G^T (a, b, c, e)
template <class D, class V>
HWY_INLINE void kernel_back_side(D tag, V a, V b, V c, V e, V (&to)[3]) {
  const V half = hn::Set(tag, Real(0.5));
  const V mean = hn::Mul(hn::Add(b, c), half);
  to[0] = hn::Add(a, mean);
  to[1] = hn::Mul(hn::Sub(b, c), half);
  to[2] = hn::Add(mean, e);
}

void transform_kernel(std::span<const Real* const, 9> taps, Index count, Real* to, Index step) {
  for_each_part(count, [=](auto tag, Index i) HWY_ATTR {
    using V = hn::Vec<decltype(tag)>;
    V columns[3][4];
#pragma GCC unroll 3
    for (std::size_t x = 0; x < 3; ++x) {
      kernel_side<decltype(tag), V>(tag, hn::LoadU(tag, taps[x] + i),
                                    hn::LoadU(tag, taps[3 + x] + i),
                                    hn::LoadU(tag, taps[6 + x] + i), columns[x]);
    }
#pragma GCC unroll 4
    for (Index y = 0; y < 4; ++y) {
      V points[4];
      kernel_side<decltype(tag), V>(tag, columns[0][y], columns[1][y], columns[2][y], points);
#pragma GCC unroll 4
      for (Index x = 0; x < 4; ++x) hn::StoreU(points[x], tag, to + (4 * y + x) * step + i);
    }
  });
}

void transform_kernel_back(const Real* from, Index step, Index count,
                           std::span<Real* const, 9> taps) {
  for_each_part(count, [=](auto tag, Index i) HWY_ATTR {
    using V = hn::Vec<decltype(tag)>;
    const auto load = [=](Index p) HWY_ATTR { return hn::LoadU(tag, from + p * step + i); };
    V columns[4][3];
#pragma GCC unroll 4
    for (Index x = 0; x < 4; ++x) {
      kernel_back_side<decltype(tag), V>(tag, load(x), load(4 + x), load(8 + x), load(12 + x),
                                         columns[x]);
    }
#pragma GCC unroll 3
    for (std::size_t y = 0; y < 3; ++y) {
      V row[3];
      kernel_back_side<decltype(tag), V>(tag, columns[0][y], columns[1][y], columns[2][y],
                                         columns[3][y], row);
#pragma GCC unroll 3
      for (std::size_t x = 0; x < 3; ++x) hn::StoreU(row[x], tag, taps[3 * y + x] + i);
    }
  });
}

/// Vectors of C's columns in a tile, of which the accumulators take most registers.
constexpr int kMostVectors = kRegisters == 32 ? 4 : 2;
template <int kVectors>
constexpr int kTileRows = std::min(12, (kRegisters - kVectors - 1) / kVectors);

/// Calls body.template operator()<vectors>(first column) for blocks of columns as equal as can be.
template <class Body>
void for_each_block(Index pitch, const Body& body) {
  const Index vectors = pitch / kLanes;
  const Index blocks = (vectors + kMostVectors - 1) / kMostVectors;
  for (Index n = 0, v = 0; n < blocks; ++n) {
    const Index own = vectors / blocks + (n < vectors % blocks ? 1 : 0);
    if (own == 1) body.template operator()<1>(v * kLanes);
    if (own == 2) body.template operator()<2>(v * kLanes);
    if constexpr (kMostVectors > 2) {
      if (own == 3) body.template operator()<3>(v * kLanes);
      if (own == 4) body.template operator()<4>(v * kLanes);
    }
    v += own;
  }
}

/// C = A B or, where kTransposed, C += A^T B, of one point and a block of columns.
template <bool kTransposed>
struct PointJob {
  const Real* from;
  Index from_pitch;
  Index inner;
  const Real* factor;
  Index factor_pitch;
  Real* to;
  Index to_pitch;

  Index rows() const { return 1; }
  Index terms() const { return inner; }
  const Real* a(Index i, Index, Index t) const {
    return kTransposed ? from + t * from_pitch + i : from + i * from_pitch + t;
  }
  const Real* b(Index, Index t) const { return factor + t * factor_pitch; }
  Real* c(Index i, int v) const { return to + i * to_pitch + v * kLanes; }
  Vec begin(Index i, int v) const { return kTransposed ? hn::LoadU(d, c(i, v)) : hn::Zero(d); }
  void end(Index i, int v, Vec x) const { hn::StoreU(x, d, c(i, v)); }
};

template <bool kTransposed>
HWY_INLINE void multiply_points(const Matrices& a, const Matrices& b, const Matrices& c) {
  for (Index p = 0; p < kPoints; ++p) {
    for_each_block(c.pitch, [&]<int kVectors>(Index first) {
      const PointJob<kTransposed> job{.from = a.point(p),
                                      .from_pitch = a.pitch,
                                      .inner = kTransposed ? a.rows : a.columns,
                                      .factor = b.point(p) + first,
                                      .factor_pitch = b.pitch,
                                      .to = c.point(p) + first,
                                      .to_pitch = c.pitch};
      product<kTileRows<kVectors>, kVectors>(job, c.rows);
    });
  }
}

void multiply(const Matrices& a, const Matrices& b, const Matrices& c) {
  multiply_points<false>(a, b, c);
}

void add_product_transposed(const Matrices& a, const Matrices& b, const Matrices& c) {
  multiply_points<true>(a, b, c);
}

Index padded(Index channels) {
  return (channels + kLanes - 1) / kLanes * kLanes;
}

}  // namespace adjoint::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint::winograd {

HWY_EXPORT(padded);
HWY_EXPORT(transform_patches);
HWY_EXPORT(transform_tiles);
HWY_EXPORT(transform_back);
HWY_EXPORT(transform_kernel);
HWY_EXPORT(transform_kernel_back);
HWY_EXPORT(multiply);
HWY_EXPORT(add_product_transposed);

Index padded(Index channels) {
  return HWY_DYNAMIC_DISPATCH(padded)(channels);
}

void transform_patches(std::span<const Real* const> pixels, const Matrices& to) {
  HWY_DYNAMIC_DISPATCH(transform_patches)(pixels, to);
}

void transform_tiles(std::span<const Real* const> pixels, const Matrices& to) {
  HWY_DYNAMIC_DISPATCH(transform_tiles)(pixels, to);
}

void transform_back(const Matrices& from, const Real* bias, const Activation& f,
                    std::span<Real* const> pixels) {
  HWY_DYNAMIC_DISPATCH(transform_back)(from, bias, f, pixels);
}

void transform_kernel(std::span<const Real* const, 9> taps, Index count, Real* to, Index step) {
  HWY_DYNAMIC_DISPATCH(transform_kernel)(taps, count, to, step);
}

void transform_kernel_back(const Real* from, Index step, Index count,
                           std::span<Real* const, 9> taps) {
  HWY_DYNAMIC_DISPATCH(transform_kernel_back)(from, step, count, taps);
}

void multiply(const Matrices& a, const Matrices& b, const Matrices& c) {
  HWY_DYNAMIC_DISPATCH(multiply)(a, b, c);
}

void add_product_transposed(const Matrices& a, const Matrices& b, const Matrices& c) {
  HWY_DYNAMIC_DISPATCH(add_product_transposed)(a, b, c);
}

}  // namespace adjoint::winograd
#endif
