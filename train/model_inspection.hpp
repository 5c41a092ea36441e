#pragma once

// What `adjoint inspect` shows, of a file: a checkpoint, or a config where no weights are needed.

#include <optional>
#include <string>

#include "framework/parallel/thread_pool.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/inspection/inspection.hpp"
#include "inference/inspection/latent_report.hpp"
#include "inference/inspection/plan_report.hpp"

namespace adjoint {

/// The layers and kernels of a checkpoint or config; `size` is that of an input, unset: the model's
/// or a usual one. Throws InputError if the file cannot be read or the model takes no such size.
Inspection inspect_file(const std::string& path, std::optional<Extent2> size);

/// The plan of a training step of the model, for the size and batch that its training has.
PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size);

/// The codes of up to 2000 images. Throws InputError if they are not of one size.
LatentImages latent_images(ImageModel& model, ImageSource& source);
/// The codes of the validation data, as training saw them, corruption included. Throws InputError
/// if the config holds out none.
LatentImages latent_validation_images(ImageModel& model, ThreadPool& pool);

}  // namespace adjoint
