#include "framework/conv/winograd_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/conv/winograd_kernels.cpp"
#include <hwy/foreach_target.h>

#include "framework/conv/register_tiles.inl"
#include "framework/conv/winograd_sides.inl"
#include "framework/pointwise/piecewise_linear.inl"
#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::winograd::HWY_NAMESPACE {
using namespace adjoint::HWY_NAMESPACE::tiles;
using adjoint::HWY_NAMESPACE::for_each_part;
using adjoint::HWY_NAMESPACE::PiecewiseLinear;

static_assert(Side{3}.points() == ThreeTaps::points && Side{3}.pixels() == ThreeTaps::pixels);
static_assert(Side{5}.points() == FiveTaps::points && Side{5}.pixels() == FiveTaps::pixels);

/// Calls body(ThreeTaps()) or body(FiveTaps()).
template <class Body>
HWY_INLINE void with_taps(Side side, const Body& body) {
  if (side.taps == 3)
    body(ThreeTaps());
  else
    body(FiveTaps());
}

/// The transform of kIn x kIn vectors load(i) into kOut x kOut vectors store(i, v): transform(from,
/// to) does one row or column.
template <int kIn, int kOut, class V, class Load, class Transform, class Store>
HWY_INLINE void both_ways(const Load& load, const Transform& transform, const Store& store) {
  V columns[kIn][kOut];
#pragma GCC unroll 8
  for (int x = 0; x < kIn; ++x) {
    V column[kIn];
#pragma GCC unroll 8
    for (int y = 0; y < kIn; ++y) column[y] = load(y * kIn + x);
    transform(column, columns[x]);
  }
#pragma GCC unroll 8
  for (int y = 0; y < kOut; ++y) {
    V row[kIn], results[kOut];
#pragma GCC unroll 8
    for (int x = 0; x < kIn; ++x) row[x] = columns[x][y];
    transform(row, results);
#pragma GCC unroll 8
    for (int x = 0; x < kOut; ++x) store(y * kOut + x, results[x]);
  }
}

void transform_patches(std::span<const Real* const> pixels, const Matrices& to) {
  const Index step = to.step();
  with_taps(to.side, [&]<class Taps>(Taps) HWY_ATTR {
    constexpr int kPixels = Taps::pixels;
    for (Index t = 0; t < to.rows; ++t) {
      const Real* const* const from = pixels.data() + t * kPixels * kPixels;
      Real* const row = to.data + t * to.pitch;
      for_each_part(to.columns, [=](auto tag, Index c) HWY_ATTR {
        using V = hn::Vec<decltype(tag)>;
        both_ways<kPixels, Taps::points, V>(
            [=](int i) HWY_ATTR { return hn::LoadU(tag, from[i] + c); },
            [](const V* x, V* result) HWY_ATTR { Taps::of_patch(x, result); },
            [=](int p, V v) HWY_ATTR { hn::StoreU(v, tag, row + p * step + c); });
      });
    }
  });
}

void transform_tiles(std::span<const Real* const> pixels, const Matrices& to) {
  const Index step = to.step();
  with_taps(to.side, [&]<class Taps>(Taps) HWY_ATTR {
    for (Index t = 0; t < to.rows; ++t) {
      const Real* const* const from = pixels.data() + t * kTile * kTile;
      Real* const row = to.data + t * to.pitch;
      for_each_part(to.columns, [=](auto tag, Index c) HWY_ATTR {
        using V = hn::Vec<decltype(tag)>;
        both_ways<kTile, Taps::points, V>(
            [=](int i) HWY_ATTR { return hn::LoadU(tag, from[i] + c); },
            [](const V* y, V* result) HWY_ATTR { Taps::of_tile(y, result); },
            [=](int p, V v) HWY_ATTR { hn::StoreU(v, tag, row + p * step + c); });
      });
    }
  });
}

void transform_back(const Matrices& from, const Real* bias, const Activation& f,
                    std::span<Real* const> pixels) {
  const Index step = from.step();
  const PiecewiseLinear activate(f);
  with_taps(from.side, [&]<class Taps>(Taps) HWY_ATTR {
    for (Index t = 0; t < from.rows; ++t) {
      Real* const* const to = pixels.data() + t * kTile * kTile;
      const Real* const row = from.data + t * from.pitch;
      for_each_part(from.columns, [=](auto tag, Index c) HWY_ATTR {
        using V = hn::Vec<decltype(tag)>;
        const V first = bias ? hn::LoadU(tag, bias + c) : hn::Zero(tag);
        both_ways<Taps::points, kTile, V>(
            [=](int p) HWY_ATTR { return hn::LoadU(tag, row + p * step + c); },
            [](const V* m, V* result) HWY_ATTR { Taps::back_to_tile(m, result); },
            [=](int i, V v)
                HWY_ATTR { hn::StoreU(activate(tag, hn::Add(v, first)), tag, to[i] + c); });
      });
    }
  });
}

void transform_kernel(Side side, const Real* const* taps, Index count, Real* to, Index step) {
  with_taps(side, [=]<class Taps>(Taps) HWY_ATTR {
    for_each_part(count, [=](auto tag, Index i) HWY_ATTR {
      using V = hn::Vec<decltype(tag)>;
      both_ways<Taps::taps, Taps::points, V>(
          [=](int t) HWY_ATTR { return hn::LoadU(tag, taps[t] + i); },
          [=](const V* g, V* result) HWY_ATTR { Taps::of_kernel(tag, g, result); },
          [=](int p, V v) HWY_ATTR { hn::StoreU(v, tag, to + p * step + i); });
    });
  });
}

void transform_kernel_back(Side side, const Real* from, Index step, Index count,
                           Real* const* taps) {
  with_taps(side, [=]<class Taps>(Taps) HWY_ATTR {
    for_each_part(count, [=](auto tag, Index i) HWY_ATTR {
      using V = hn::Vec<decltype(tag)>;
      both_ways<Taps::points, Taps::taps, V>(
          [=](int p) HWY_ATTR { return hn::LoadU(tag, from + p * step + i); },
          [=](const V* m, V* result) HWY_ATTR { Taps::back_to_kernel(tag, m, result); },
          [=](int t, V v) HWY_ATTR { hn::StoreU(v, tag, taps[t] + i); });
    });
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
  for (Index p = 0; p < c.count(); ++p) {
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

void transform_kernel(Side side, const Real* const* taps, Index count, Real* to, Index step) {
  HWY_DYNAMIC_DISPATCH(transform_kernel)(side, taps, count, to, step);
}

void transform_kernel_back(Side side, const Real* from, Index step, Index count,
                           Real* const* taps) {
  HWY_DYNAMIC_DISPATCH(transform_kernel_back)(side, from, step, count, taps);
}

void multiply(const Matrices& a, const Matrices& b, const Matrices& c) {
  HWY_DYNAMIC_DISPATCH(multiply)(a, b, c);
}

void add_product_transposed(const Matrices& a, const Matrices& b, const Matrices& c) {
  HWY_DYNAMIC_DISPATCH(add_product_transposed)(a, b, c);
}

}  // namespace adjoint::winograd
#endif
