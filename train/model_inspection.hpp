#pragma once

// Inspection of a model in a file: a checkpoint, or a config where no weights are needed.

#include <optional>
#include <string>

#include "inference/inspection/inspection.hpp"
#include "inference/inspection/plan_report.hpp"

namespace adjoint {

/// Which epochs of a training an inspection shows beside the one of the file.
enum class Epochs { none, kept };

/// The layers and kernels of a checkpoint or config; `size` is that of an input, unset: the model's
/// or a usual one. `kept` are the epochs that training.keep_every kept in the checkpoint's run.
/// Throws InputError if the file cannot be read, the model takes no such size, or no epochs were
/// kept.
Inspection inspect_file(const std::string& path, std::optional<Extent2> size,
                        Epochs epochs = Epochs::none);

/// The plan of a training step of the model, for the size and batch that its training has.
PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size);

}  // namespace adjoint
