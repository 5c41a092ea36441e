#include "framework/conv/thin_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/conv/thin_kernels.cpp"
#include <hwy/foreach_target.h>

#include "framework/conv/register_tiles.inl"
#include "framework/pointwise/piecewise_linear.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::thin::HWY_NAMESPACE {
using namespace adjoint::HWY_NAMESPACE::tiles;
using adjoint::HWY_NAMESPACE::PiecewiseLinear;

/// Rows of a tile of C: twice as many accumulators, two vectors of B and a broadcast element of A
/// have to fit into the registers.
constexpr int kTileRows = kRegisters == 32 ? 9 : 6;

/// Calls body.template operator()<vectors>(first channel) for each block.
template <class Body>
void for_each_block(Index channels, const Body& body) {
  for (Index first = 0; first < channels; first += 2 * kLanes) {
    if (channels - first > kLanes)
      body.template operator()<2>(first);
    else
      body.template operator()<1>(first);
  }
}

/// Stores the elements of a vector that are channels.
void store_part(Vec x, Real* to, Index count) {
  alignas(64) Real part[kLanes];
  hn::Store(x, d, part);
  std::copy_n(part, count, to);
}

template <int kVectors>
struct SpreadJob {
  const Real* thin;
  const Index* offsets;
  Index taps;
  const Real* kernel;
  const Real* bias;
  Real* thick;
  Index pitch;     // of thick
  Index channels;  // from this block's first on
  PiecewiseLinear activate;

  Index rows() const { return 1; }
  Index terms() const { return taps; }
  const Real* a(Index i, Index, Index t) const { return thin + offsets[t] + i; }
  const Real* b(Index, Index t) const { return kernel + t * kVectors * kLanes; }
  Vec begin(Index, int v) const { return hn::LoadU(d, bias + v * kLanes); }
  void end(Index i, int v, Vec x) const {
    x = activate(d, x);
    Real* const to = thick + i * pitch + v * kLanes;
    const Index count = channels - v * kLanes;
    if (count >= kLanes)
      hn::StoreU(x, d, to);
    else
      store_part(x, to, count);
  }
};

void spread(const Band& thin, const Real* kernel, const Real* bias, const Activation& f,
            const Thick& thick) {
  for (Index row = 0; row < thick.rows; ++row) {
    Real* const to = thick.data + row * thick.width * thick.channels;
    for_each_block(thick.channels, [&]<int kVectors>(Index first) {
      product<kTileRows, kVectors>(SpreadJob<kVectors>{.thin = thin.data + row * thin.row_pitch,
                                                       .offsets = thin.offsets,
                                                       .taps = thin.taps,
                                                       .kernel = kernel + thin.taps * first,
                                                       .bias = bias + first,
                                                       .thick = to + first,
                                                       .pitch = thick.channels,
                                                       .channels = thick.channels - first,
                                                       .activate = PiecewiseLinear(f)},
                                   thick.width);
    });
  }
}

/// A square of kLanes x kLanes elements: squares inside the 128-bit blocks of the vectors first,
/// then squares of blocks. The latter exchange the halves of two rows, as far apart as the halves
/// are.
void transpose_square(const Real* from, Index from_pitch, Real* to, Index to_pitch) {
#if HWY_TARGET == HWY_SCALAR  // has no blocks
  static_cast<void>(from_pitch), static_cast<void>(to_pitch);
  *to = *from;
#else
  constexpr int kBlock = 16 / sizeof(Real);
  constexpr hn::Repartition<double, Tag> pairs;
  Vec x[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) x[i] = hn::LoadU(d, from + i * from_pitch);
  if constexpr (kBlock == 4) {
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; i += 4) {
      const Vec a = x[i], b = x[i + 2];
      x[i] = hn::InterleaveLower(d, a, x[i + 1]);
      x[i + 2] = hn::InterleaveUpper(d, a, x[i + 1]);
      x[i + 1] = hn::InterleaveLower(d, b, x[i + 3]);
      x[i + 3] = hn::InterleaveUpper(d, b, x[i + 3]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kLanes; i += 2) {
    const auto a = hn::BitCast(pairs, x[i]), b = hn::BitCast(pairs, x[i + 1]);
    x[i] = hn::BitCast(d, hn::InterleaveLower(pairs, a, b));
    x[i + 1] = hn::BitCast(d, hn::InterleaveUpper(pairs, a, b));
  }
  if constexpr (kLanes == 4 * kBlock) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      if (i & kBlock) continue;
      const Vec a = x[i], b = x[i + kBlock];
      x[i] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
      x[i + kBlock] = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
    }
  }
  if constexpr (kLanes > kBlock) {
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      const Vec a = x[i], b = x[i + kLanes / 2];
      x[i] = hn::ConcatLowerLower(d, b, a);
      x[i + kLanes / 2] = hn::ConcatUpperUpper(d, b, a);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) hn::StoreU(x[i], d, to + i * to_pitch);
#endif
}

/// to(column, row) = from(row, column). Squares at the edges overlap their neighbours.
void transpose(const Real* from, Index rows, Index columns, Real* to, Index to_pitch) {
  if (kLanes == 1 || rows < kLanes || columns < kLanes) {
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < columns; ++c) to[c * to_pitch + r] = from[r * columns + c];
    return;
  }
  for (Index row = 0; row < rows; row += kLanes) {
    const Index r = std::min(row, rows - kLanes);
    for (Index column = 0; column < columns; column += kLanes) {
      const Index c = std::min(column, columns - kLanes);
      transpose_square(from + r * columns + c, columns, to + c * to_pitch + r, to_pitch);
    }
  }
}

template <int kVectors>
struct CollectJob {
  const Real* kernel;
  Index taps;
  const Real* columns;
  Index channels;
  Real* sums;
  Index pitch;  // of sums

  Index rows() const { return 1; }
  Index terms() const { return channels; }
  const Real* a(Index i, Index, Index t) const { return kernel + t * taps + i; }
  const Real* b(Index, Index t) const { return columns + t * kVectors * kLanes; }
  Vec begin(Index, int) const { return hn::Zero(d); }
  void end(Index i, int v, Vec x) const { hn::StoreU(x, d, sums + i * pitch + v * kLanes); }
};

Index sums_pitch(Index positions) {
  constexpr Index kTile = 2 * kLanes;
  return (positions + kTile - 1) / kTile * kTile;
}

Index collect_scratch(Index taps, Index positions, Index channels) {
  return channels * 2 * kLanes + taps * sums_pitch(positions) + kLanes;
}

/// to[0 ... count - 1] += from; elements behind them are read, and written as they were.
void add(const Real* from, Real* to, Index count) {
  for (Index i = 0; i < count; i += kLanes) {
    const auto valid = hn::FirstN(d, static_cast<std::size_t>(count - i));
    const Vec part = hn::IfThenElseZero(valid, hn::LoadU(d, from + i));
    hn::StoreU(hn::Add(hn::LoadU(d, to + i), part), d, to + i);
  }
}

void collect(const Thick& thick, const Real* kernel, const Band& thin, Real* scratch) {
  const Index positions = thick.rows * thick.width, pitch = sums_pitch(positions);
  Real* const columns = scratch;
  Real* const sums = scratch + thick.channels * 2 * kLanes;
  for (Index first = 0; first < positions; first += 2 * kLanes) {
    const Index count = std::min<Index>(positions - first, 2 * kLanes);
    const Real* const from = thick.data + first * thick.channels;
    const auto compute = [&]<int kVectors>() {
      transpose(from, count, thick.channels, columns, kVectors * kLanes);
      product<kTileRows, kVectors>(CollectJob<kVectors>{.kernel = kernel,
                                                        .taps = thin.taps,
                                                        .columns = columns,
                                                        .channels = thick.channels,
                                                        .sums = sums + first,
                                                        .pitch = pitch},
                                   thin.taps);
    };
    if (count > kLanes)
      compute.template operator()<2>();
    else
      compute.template operator()<1>();
  }
  // Tap by tap: a load of what was just stored beside it would have to wait for the stores.
  for (Index tap = 0; tap < thin.taps; ++tap)
    for (Index row = 0; row < thick.rows; ++row)
      add(sums + tap * pitch + row * thick.width,
          thin.data + row * thin.row_pitch + thin.offsets[tap], thick.width);
}

template <int kVectors>
struct CorrelateJob {
  const Real* thin;
  Index thin_pitch;
  const Index* offsets;
  const Real* thick;
  Index thick_rows, width, thick_pitch;
  Real* gradient;

  Index rows() const { return thick_rows; }
  Index terms() const { return width; }
  const Real* a(Index i, Index row, Index t) const {
    return thin + row * thin_pitch + offsets[i] + t;
  }
  const Real* b(Index row, Index t) const { return thick + (row * width + t) * thick_pitch; }
  Real* c(Index i, int v) const { return gradient + (i * kVectors + v) * kLanes; }
  Vec begin(Index i, int v) const { return hn::LoadU(d, c(i, v)); }
  void end(Index i, int v, Vec x) const { hn::StoreU(x, d, c(i, v)); }
};

Index correlate_scratch(Index positions, Index channels) {
  return channels % kLanes == 0 ? 0 : positions * 2 * kLanes;
}

void correlate(const Band& thin, const Thick& thick, Real* gradient, Real* scratch) {
  for_each_block(thick.channels, [&]<int kVectors>(Index first) {
    const Real* from = thick.data + first;
    Index pitch = thick.channels;
    // Vectors behind the last channel would end behind the tensor: the block moves to where zeros
    // follow it.
    if (const Index channels = thick.channels - first; channels < kVectors * kLanes) {
      pitch = kVectors * kLanes;
      for (Index p = 0; p < thick.rows * thick.width; ++p) {
        std::copy_n(from + p * thick.channels, channels, scratch + p * pitch);
        std::fill_n(scratch + p * pitch + channels, pitch - channels, Real{0});
      }
      from = scratch;
    }
    product<kTileRows, kVectors>(CorrelateJob<kVectors>{.thin = thin.data,
                                                        .thin_pitch = thin.row_pitch,
                                                        .offsets = thin.offsets,
                                                        .thick = from,
                                                        .thick_rows = thick.rows,
                                                        .width = thick.width,
                                                        .thick_pitch = pitch,
                                                        .gradient = gradient + thin.taps * first},
                                 thin.taps);
  });
}

Index lanes() {
  return kLanes;
}

}  // namespace adjoint::thin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint::thin {

HWY_EXPORT(lanes);
HWY_EXPORT(spread);
HWY_EXPORT(collect_scratch);
HWY_EXPORT(collect);
HWY_EXPORT(correlate_scratch);
HWY_EXPORT(correlate);

Index lanes() {
  return HWY_DYNAMIC_DISPATCH(lanes)();
}

void spread(const Band& thin, const Real* kernel, const Real* bias, const Activation& f,
            const Thick& thick) {
  HWY_DYNAMIC_DISPATCH(spread)(thin, kernel, bias, f, thick);
}

Index collect_scratch(Index taps, Index positions, Index channels) {
  return HWY_DYNAMIC_DISPATCH(collect_scratch)(taps, positions, channels);
}

void collect(const Thick& thick, const Real* kernel, const Band& thin, Real* scratch) {
  HWY_DYNAMIC_DISPATCH(collect)(thick, kernel, thin, scratch);
}

Index correlate_scratch(Index positions, Index channels) {
  return HWY_DYNAMIC_DISPATCH(correlate_scratch)(positions, channels);
}

void correlate(const Band& thin, const Thick& thick, Real* gradient, Real* scratch) {
  HWY_DYNAMIC_DISPATCH(correlate)(thin, thick, gradient, scratch);
}

}  // namespace adjoint::thin
#endif
