#pragma once

#include <string>

#include "models/formats/model_format.hpp"

namespace adjoint {

/// What the self-check of an export found.
struct ExportCheck {
  Shape input;            // of the sample that was run
  double difference = 0;  // the largest of the two models' outputs
};

/// Writes a model, reads the file back, and runs both on a sample of random pixels of the shape
/// `input`. Throws InputError if the format has no such model, RunError if the file cannot be
/// written or its output differs by more than the format promises; the file is then removed.
ExportCheck export_model(const std::string& path, const ModelFormat& format, const Model& model,
                         const ExportOptions& options, const Shape& input);

}  // namespace adjoint
