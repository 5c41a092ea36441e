#pragma once

// The inner loops of the engine `thin`, in SIMD. Each product is one small matrix product
//
//     C(i, lanes) = sum over t of A(i, t) B(t, lanes)
//
// with elements of A broadcast, vectors of B loaded, and a tile of C that stays in registers:
//
//     function   product           i         t         lanes      A            B
//     spread     thin to thick     position  tap       channels   thin band    kernel
//     collect    thick to thin     tap       channel   positions  kernel       thick, transposed
//     correlate  kernel gradient   tap       position  channels   thin band    thick
//
// A tap is a kernel position and a thin channel; a channel is one of the thick side's. The best
// instruction set of the machine is chosen at run time (Google Highway).

#include <algorithm>

#include "framework/pointwise/activation.hpp"

namespace adjoint::thin {

/// Elements of a vector on this machine: a power of two.
Index lanes();

/// Channels of the thick side are worked on in blocks of two vectors (the last may have one), and
/// packed as (block, tap, channel of the block), with zeros behind the last channel.
struct ChannelBlocks {
  Index channels;
  Index lanes;

  Index padded() const { return (channels + lanes - 1) / lanes * lanes; }
  Index width(Index first) const { return std::min(2 * lanes, padded() - first); }
  Index packed_index(Index taps, Index tap, Index channel) const {
    const Index first = channel - channel % (2 * lanes);
    return taps * first + tap * width(first) + channel - first;
  }
};

/// A band of the thin side: rows of padded planes in which each tap of an output position lies at a
/// fixed offset from the position's base, and the next position's base is the next element.
struct Band {
  Real* data;
  Index row_pitch;       // from one row of positions to the next
  const Index* offsets;  // of the taps
  Index taps;
};

/// A band of the thick side: (rows, width, channels), contiguous.
struct Thick {
  Real* data;
  Index rows;
  Index width;
  Index channels;
};

/// thick = f(bias + thin * kernel), where f is linear, relu or leaky_relu. The kernel is packed;
/// the bias has ChannelBlocks::padded() elements.
void spread(const Band& thin, const Real* kernel, const Real* bias, const Activation& f,
            const Thick& thick);

/// Elements of scratch that collect() needs.
Index collect_scratch(Index taps, Index positions, Index channels);
/// thin += thick * kernel^T. The kernel is (channel, tap). Vectors that begin at a position are
/// touched as a whole; what stands behind the last position stays as it was.
void collect(const Thick& thick, const Real* kernel, const Band& thin, Real* scratch);

/// Elements of scratch that correlate() needs.
Index correlate_scratch(Index positions, Index channels);
/// gradient += thin * thick; the gradient is packed.
void correlate(const Band& thin, const Thick& thick, Real* gradient, Real* scratch);

}  // namespace adjoint::thin
