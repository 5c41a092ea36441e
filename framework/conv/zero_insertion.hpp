#pragma once

// The transposed convolution the other way round, as textbooks draw it: spread the features apart
// with zeros, pad them, and run an ordinary convolution of stride 1 with the kernel turned by 180
// degrees. The same numbers as C_K^T, with most multiplications by zero. For looking at and tests.
// Source: Dumoulin & Visin, arXiv:1603.07285, relationship 14.

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A transposed convolution as an ordinary one over features with zeros between them.
struct ZeroInsertion {
  Extent2 zeros;    // between neighbouring features: z = stride - 1
  Padding padding;  // around the spread features: p' = dilation * (kernel - 1) - p, at the bottom
                    // and right plus output_padding; negative crops
  ConvGeometry geometry;  // stride 1, no padding, from the spread features to the image
  Tensor spread;          // (N, h', w', K): the features with their zeros, padded
  Tensor kernel;          // (kh, kw, K / groups, C): turned, its channel axes exchanged
};

/// forward(spread, kernel) over the returned geometry equals backward_data(features, kernel) over
/// the given one. `features` is (N, h, w, K), `kernel` (kh, kw, C / groups, K).
ZeroInsertion insert_zeros(const ConvGeometry& geometry, ConstView features, ConstView kernel);

}  // namespace adjoint
