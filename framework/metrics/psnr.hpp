#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Peak signal-to-noise ratio in dB, against a range of 1: -10 log10(mse). Identical images count
/// as 100 dB, so that means over images stay finite.
double psnr(double mean_squared_error);
double psnr(ConstView image, ConstView reference);

/// The mean of the images' own ratios, over a batch (N, ...); 0 images give 0. Throws InputError if
/// the shapes differ.
double mean_psnr(ConstView images, ConstView references);

}  // namespace adjoint
