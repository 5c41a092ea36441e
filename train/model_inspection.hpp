#pragma once

// Inspection of a model in a file: a checkpoint, or a config where no weights are needed.

#include <optional>
#include <string>

#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/inspection/inspection.hpp"
#include "inference/inspection/layers/activation_report.hpp"
#include "inference/inspection/layers/plan_report.hpp"

namespace adjoint {

/// Which epochs of a training an inspection shows beside the one of the file.
enum class Epochs { none, kept };

/// The layers and kernels of a checkpoint or config; `size` is that of an input, unset: the model's
/// or a usual one. `kept` are the epochs that training.keep_every kept in the checkpoint's run.
/// Throws InputError if the file cannot be read, the model takes no such size, or no epochs were
/// kept.
Inspection inspect_file(const std::string& path, std::optional<Extent2> size,
                        Epochs epochs = Epochs::none);

/// What each layer makes of the first image of a source: of `size` pixels from its middle; unset:
/// as many as a model of one size takes, and up to 256x256 otherwise. Throws InputError if no image
/// can be read, or the image does not fit.
ActivationReport inspect_activations(ImageModel& model, ImageSource& source,
                                     std::optional<Extent2> size);

/// The plan of a training step of the model, for the size and batch that its training has.
PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size);

}  // namespace adjoint
