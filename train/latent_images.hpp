#pragma once

#include <limits>

#include "framework/parallel/thread_pool.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/inspection/latent/latent_report.hpp"

namespace adjoint {

/// The codes of up to 2000 images. Throws InputError if they are not of one size.
LatentImages latent_images(ImageModel& model, ImageSource& source);
/// The codes of the validation data, as training saw them, corruption included: the first `most`,
/// up to 2000, and no more than hold `numbers` pixels and channels, but two at least. Throws
/// InputError if the config holds out none.
LatentImages latent_validation_images(ImageModel& model, ThreadPool& pool, Index most = 2000,
                                      Index numbers = std::numeric_limits<Index>::max());

}  // namespace adjoint
