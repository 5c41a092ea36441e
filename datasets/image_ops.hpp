#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// (height, width, any) to (height, width, channels): as it is where the numbers are equal, else
/// gray in every channel. RGB becomes 0.299 R + 0.587 G + 0.114 B (Rec. ITU-R BT.601), any other
/// number of channels their mean.
Tensor with_channels(ConstView image, Index channels);

/// The height x width pixels below and to the right of (top, left), into `part`.
void copy_part(ConstView image, Index top, Index left, View part);

/// The weights with which resizing mixes pixels, by distance; where it shrinks they widen with the
/// step, so that fine detail does not alias. Enlarging, `box` repeats the nearest pixel, `triangle`
/// is bilinear, and `cubic` is bicubic (Keys 1981, a = -1/2, as in Pillow and MATLAB).
enum class Filter { box, triangle, cubic };

/// Resizes (H, W, C) to (height, width, C), clipped to [0, 1].
Tensor resized(ConstView image, Index height, Index width, Filter filter = Filter::triangle);

/// Resizes each image of a batch (N, H, W, C).
Tensor resized_batch(ConstView images, Index height, Index width, Filter filter);

}  // namespace adjoint
