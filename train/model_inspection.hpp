#pragma once

// Inspection of a model in a file: a checkpoint, or a config where no weights are needed.

#include <optional>
#include <string>

#include "inference/inspection/inspection.hpp"
#include "inference/inspection/plan_report.hpp"

namespace adjoint {

/// The layers and kernels of a checkpoint or config; `size` is that of an input, unset: the model's
/// or a usual one. Throws InputError if the file cannot be read or the model takes no such size.
Inspection inspect_file(const std::string& path, std::optional<Extent2> size);

/// The plan of a training step of the model, for the size and batch that its training has.
PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size);

}  // namespace adjoint
