#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Frequencies along each axis, from -1/2 to below 1/2 of a cycle a pixel.
inline constexpr Index kFrequencies = 32;

/// Which frequencies a kernel (kh, kw, image channels, feature channels) passes: the square of the
/// magnitude of its two-dimensional discrete Fourier transform, summed over image and feature
/// channels: (kFrequencies, kFrequencies), frequency 0 in the middle, at kFrequencies / 2.
Tensor frequency_response(ConstView kernel);

/// Mean magnitude of the frequency, in cycles a pixel, weighted by a response; 0 for zeros. A
/// constant kernel of one tap passes all frequencies alike and has 0.38.
double mean_frequency(const Tensor& response);

}  // namespace adjoint
