#pragma once

// The inner loops of the engine `winograd`, in SIMD: what winograd_engine.cpp calls transforms, and
// the products between them. The best instruction set of the machine is chosen at run time (Google
// Highway).

#include <span>

#include "framework/pointwise/activation.hpp"

namespace adjoint::winograd {

/// Results of a tile on each side.
constexpr Index kTile = 2;

/// Sizes on one side of a kernel of 3 or 5 taps.
struct Side {
  Index taps;

  constexpr Index pixels() const { return taps + kTile - 1; }  // of a patch
  constexpr Index points() const { return taps == 3 ? 4 : 7; }
};
constexpr Index kMostTaps = 5;

/// One matrix (rows, columns) for each of points x points, behind each other. Rows are `pitch`
/// elements apart.
struct Matrices {
  Side side;
  Real* data;
  Index rows;
  Index columns;
  Index pitch;

  Index count() const { return side.points() * side.points(); }
  /// From one matrix to the next: not a power of two, as the points of a row would then share a few
  /// places of the cache.
  Index step() const { return rows * pitch + kCacheLine; }
  Index size() const { return count() * step(); }
  Real* point(Index p) const { return data + p * step(); }

  static constexpr Index kCacheLine = 64 / sizeof(Real);
};

/// `channels`, in whole vectors of this machine.
Index padded(Index channels);

/// Row t of every matrix: the transform of patch t, of so many pixels in `pixels`.
void transform_patches(std::span<const Real* const> pixels, const Matrices& to);
/// Row t of every matrix: the transform of tile t.
void transform_tiles(std::span<const Real* const> pixels, const Matrices& to);
/// Tile t: f(bias + the transform back of row t), where f is linear, relu or leaky_relu. No bias:
/// nullptr.
void transform_back(const Matrices& from, const Real* bias, const Activation& f,
                    std::span<Real* const> pixels);

/// Rows of `count` elements: to[step p ...] for all points p = the transform of taps x taps
/// elements of a kernel.
void transform_kernel(Side side, const Real* const* taps, Index count, Real* to, Index step);
/// Likewise: taps x taps = the transform back of from[step p ...], for a kernel's gradient.
void transform_kernel_back(Side side, const Real* from, Index step, Index count, Real* const* taps);

/// c = a b, point by point; b and c have padded rows.
void multiply(const Matrices& a, const Matrices& b, const Matrices& c);
/// c += a^T b, point by point; b and c have padded rows.
void add_product_transposed(const Matrices& a, const Matrices& b, const Matrices& c);

}  // namespace adjoint::winograd
