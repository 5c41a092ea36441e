#pragma once

#include <string>

#include "framework/tensor/tensor.hpp"
#include "inference/inspection/explain/request.hpp"

namespace adjoint {

/// A page on both convolutions, in one HTML file that needs nothing else: the kernel's walk step by
/// step, what each number adds up, the matrix, the overlap, and Conv2D followed by Conv2DTranspose
/// on a picture. It opens with the geometry of the request, and sliders change it. `picture` is
/// (height, width, channels) in [0, 1], shown in gray and at most 192 pixels high and wide; without
/// data: one that the page draws. Throws what explain() throws.
std::string walk_page(const ExplainRequest& request, ConstView picture = {});

}  // namespace adjoint
