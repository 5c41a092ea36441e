#pragma once

#include <string>

#include "inference/inspection/explain/request.hpp"

namespace adjoint {

/// An animated picture of the kernel's walk, as one SVG document that needs nothing else (SMIL: any
/// browser plays it; a viewer without animation shows the last step). conv: the window slides over
/// the padded image, and each step's sum of products fills one feature. transpose: each feature
/// stamps the kernel, times itself, onto the image, where stamps add up; what falls on the padding
/// is cut off. Follows the reader's light or dark theme. Throws what explain() throws.
std::string walk_svg(const ExplainRequest& request);

}  // namespace adjoint
