#pragma once

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// How far a convolution followed by a transposed one is from giving back its image: the relative
/// Frobenius distance |s T A - I| / |I| of the product of their matrices from an identity, for the
/// best factor s, over an unbounded image, without biases and activations. 0: the image comes back,
/// but for a factor; 1: nothing of it does. With fewer features than numbers under a stride's step,
/// sqrt(1 - features / numbers) is the least there can be.
///
/// Kernels of one shape (kh, kw, image channels / groups, feature channels).
double identity_distance(ConstView convolution, ConstView transpose, const Extent2& strides,
                         const Extent2& dilation = {1, 1}, Index groups = 1);

}  // namespace adjoint
