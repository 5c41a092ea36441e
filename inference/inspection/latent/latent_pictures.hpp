#pragma once

#include "inference/inspection/latent/latent_report.hpp"

namespace adjoint {

/// The codes as points along their first two directions, coloured by label where labels are known,
/// as a page-ready SVG with the names in tooltips.
std::string latent_scatter_svg(const LatentReport& report, const LatentImages& images);

/// Scatter plot with small images in place of points, where they do not cover an earlier one:
/// (height, width, channels).
Tensor latent_thumbnails(const LatentReport& report, const LatentImages& images);

/// A row for each image that has neighbours in the report: the image, then the nearest ones.
Tensor neighbour_sheet(const LatentReport& report, const LatentImages& images);

}  // namespace adjoint
