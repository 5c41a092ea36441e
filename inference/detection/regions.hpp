#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Parts of a mask that hang together.
struct Regions {
  std::vector<Index> of_pixel;  // number of the region of each pixel, -1 where there is none
  std::vector<Index> sizes;     // pixels of each region
};

/// Regions of pixels above 0.5 that touch at a side or a corner; mask (height, width, 1).
Regions connected_regions(ConstView mask);

}  // namespace adjoint
