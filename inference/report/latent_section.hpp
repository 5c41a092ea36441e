#pragma once

#include "inference/inspection/latent/latent_report.hpp"
#include "inference/report/page.hpp"

namespace adjoint {

/// The latent space: codes along their first two principal components, a thumbnail for each image,
/// and what each direction explains. `layer` is the latent layer's name.
void add_latent(Page& page, const std::string& layer, const LatentReport& report,
                const LatentImages& images);

}  // namespace adjoint
