#pragma once

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Where an image could not be given back: the image in gray, (height, width, 3), with the residual
/// over it from yellow to red, opaque from `scale` on and where it is no number. One scale for all
/// images of a set, so that they can be compared.
Tensor overlay(ConstView image, ConstView residual, double scale);

}  // namespace adjoint
