#pragma once

#include <algorithm>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

// How loops over (positions, C) with one number per channel are cut: positions are joined into rows
// of some hundred elements, so that one channel is as fast as 64, and the channels' numbers are
// repeated to fill a row. Many channels are taken in groups. So everything fits on the stack.

/// Elements of the longest row.
inline constexpr Index kRow = 512;

/// Channels first ... first + count - 1 of a tensor. Their rows begin at its elements first,
/// first + stride, ... and hold `width` elements, a multiple of count; the last may hold fewer.
struct ChannelGroup {
  Index first, count, width, stride;
};

/// Calls visit(group): once where the channels fit in a row.
template <class Visit>
void for_each_group(Index size, Index channels, Visit visit) {
  constexpr Index kLanes = 16;  // of the widest register
  for (Index first = 0; first < channels; first += kRow) {
    const Index count = std::min(kRow, channels - first);
    Index joined = std::clamp<Index>(size / channels, 1, std::max<Index>(kRow / channels, 1));
    if (joined > kLanes) joined -= joined % kLanes;  // rows of whole registers
    visit(ChannelGroup{first, count, joined * count, joined * channels});
  }
}

/// row[i] = value(channel of element i).
template <class Value>
void fill_row(const ChannelGroup& group, Real* row, Value value) {
  for (Index c = 0; c < group.count; ++c) row[c] = static_cast<Real>(value(group.first + c));
  // Doubling: a copy one by one would wait for itself where there is one channel.
  for (Index i = group.count; i < group.width; i *= 2) {
    std::copy_n(row, std::min(i, group.width - i), row + i);
  }
}

}  // namespace adjoint
