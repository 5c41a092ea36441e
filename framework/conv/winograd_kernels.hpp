#pragma once

// The inner loops of the engine `winograd`, in SIMD: what winograd_engine.cpp calls transforms, and
// the products between them. The best instruction set of the machine is chosen at run time (Google
// Highway).

#include <span>

#include "framework/pointwise/activation.hpp"

namespace adjoint::winograd {

/// Results of a tile on each side; numbers of a patch, which are as many products.
constexpr Index kTile = 2, kPatch = 4, kPoints = kPatch * kPatch;

/// One matrix (rows, columns) for each point, behind each other. Rows are `pitch` elements apart.
struct Matrices {
  Real* data;
  Index rows;
  Index columns;
  Index pitch;

  /// From one matrix to the next: not a power of two, as the points of a row would then share a few
  /// places of the cache.
  Index step() const { return rows * pitch + kCacheLine; }
  Index size() const { return kPoints * step(); }
  Real* point(Index p) const { return data + p * step(); }

  static constexpr Index kCacheLine = 64 / sizeof(Real);
};

/// `channels`, in whole vectors of this machine.
Index padded(Index channels);

/// Row t of every matrix: the transform of the patch pixels[16 t ...], kPatch x kPatch pixels.
void transform_patches(std::span<const Real* const> pixels, const Matrices& to);
/// Row t of every matrix: the transform of the tile pixels[4 t ...], kTile x kTile pixels.
void transform_tiles(std::span<const Real* const> pixels, const Matrices& to);
/// The tile pixels[4 t ...]: f(bias + the transform back of row t), where f is linear, relu or
/// leaky_relu. No bias: nullptr.
void transform_back(const Matrices& from, const Real* bias, const Activation& f,
                    std::span<Real* const> pixels);

/// Rows of `count` elements: to[step p ...] for the 16 points p = the transform of taps[0 ... 8],
/// the 3x3 elements of a kernel.
void transform_kernel(std::span<const Real* const, 9> taps, Index count, Real* to, Index step);
/// Likewise: taps[0 ... 8] = the transform back of from[step p ...], for a kernel's gradient.
void transform_kernel_back(const Real* from, Index step, Index count,
                           std::span<Real* const, 9> taps);

/// c = a b, point by point; b and c have padded rows.
void multiply(const Matrices& a, const Matrices& b, const Matrices& c);
/// c += a^T b, point by point; b and c have padded rows.
void add_product_transposed(const Matrices& a, const Matrices& b, const Matrices& c);

}  // namespace adjoint::winograd
