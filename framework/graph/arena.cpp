#include "framework/graph/arena.hpp"

#include <algorithm>
#include <numeric>

#include "framework/tensor/aligned_vector.hpp"

namespace adjoint {
namespace {

bool alive_together(const Buffer& a, const Buffer& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

Index place_buffers(std::vector<Buffer>& buffers) {
  std::vector<Index> order(buffers.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](Index i) { return buffers[i].size; });

  Index arena = 0;
  std::vector<Index> placed;  // in order of offset
  for (Index i : order) {
    Buffer& buffer = buffers[i];
    buffer.offset = 0;
    for (Index j : placed) {
      const Buffer& other = buffers[j];
      if (!alive_together(buffer, other)) continue;
      if (buffer.offset + aligned(buffer.size) <= other.offset)
        break;  // fits into the gap before it
      buffer.offset = std::max(buffer.offset, other.offset + aligned(other.size));
    }
    arena = std::max(arena, buffer.offset + aligned(buffer.size));
    placed.insert(std::ranges::upper_bound(placed, buffer.offset, {},
                                           [&](Index j) { return buffers[j].offset; }),
                  i);
  }
  return arena;
}

Index peak_demand(const std::vector<Buffer>& buffers) {
  Index peak = 0;
  for (const Buffer& moment : buffers) {
    Index sum = 0;
    for (const Buffer& buffer : buffers) {
      if (buffer.first <= moment.first && moment.first <= buffer.last) sum += aligned(buffer.size);
    }
    peak = std::max(peak, sum);
  }
  return peak;
}

}  // namespace adjoint
