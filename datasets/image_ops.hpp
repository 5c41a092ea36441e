#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Changes between gray and RGB: (height, width, 1 or 3) to (height, width, channels). Gray is
/// 0.299 R + 0.587 G + 0.114 B (Rec. ITU-R BT.601).
Tensor with_channels(ConstView image, Index channels);

/// The height x width pixels below and to the right of (top, left), into `part`.
void copy_part(ConstView image, Index top, Index left, View part);

/// Resizes (H, W, C) in [0, 1] to (height, width, C): bilinear where it enlarges, an average
/// weighted by a triangle as wide as the step where it shrinks, so that fine detail does not alias.
Tensor resized(ConstView image, Index height, Index width);

}  // namespace adjoint
