#pragma once

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// Calls visit(first element of the deep image, first of the wide one, elements) for runs of the
/// same numbers, a row of a block each: of images (N, h, w, block^2 * C), which is `deep`, and
/// (N, h * block, w * block, C). Channel (i * block + j) * C + c is channel c of the block's pixel
/// (i, j): TensorFlow's order.
template <class Visit>
void for_each_run(const Shape& deep, Index block, Visit visit) {
  const Index rows = deep[0] * deep[1], w = deep[2], channels = deep[3], run = channels / block;
  for (Index y = 0; y < rows; ++y) {
    for (Index i = 0; i < block; ++i) {
      for (Index x = 0; x < w; ++x) {
        visit((y * w + x) * channels + i * run, ((y * block + i) * w + x) * run, run);
      }
    }
  }
}

}  // namespace adjoint
