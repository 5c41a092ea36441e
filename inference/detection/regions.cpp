#include "inference/detection/regions.hpp"

#include <algorithm>

namespace adjoint {

Regions connected_regions(ConstView mask) {
  const Index h = mask.shape[0], w = mask.shape[1];
  Regions regions{.of_pixel = std::vector<Index>(static_cast<std::size_t>(h * w), -1)};
  std::vector<Index> edge;  // pixels of the region whose neighbours are still to be seen
  for (Index start = 0; start < h * w; ++start) {
    const Index region = static_cast<Index>(regions.sizes.size());
    const auto take = [&](Index pixel) {
      Index& own = regions.of_pixel[static_cast<std::size_t>(pixel)];
      if (own >= 0 || !(mask[pixel] > Real(0.5))) return;
      own = region;
      edge.push_back(pixel);
    };
    take(start);
    if (edge.empty()) continue;
    Index size = 0;
    while (!edge.empty()) {
      const Index y = edge.back() / w, x = edge.back() % w;
      edge.pop_back();
      ++size;
      for (Index j = std::max<Index>(y - 1, 0); j <= std::min(y + 1, h - 1); ++j) {
        for (Index i = std::max<Index>(x - 1, 0); i <= std::min(x + 1, w - 1); ++i) take(j * w + i);
      }
    }
    regions.sizes.push_back(size);
  }
  return regions;
}

}  // namespace adjoint
