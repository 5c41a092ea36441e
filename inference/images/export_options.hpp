#pragma once

#include "inference/images/trained_model.hpp"
#include "models/formats/model_format.hpp"

namespace adjoint {

/// The options with which export_model() writes a trained model. With `normalize` the file
/// normalizes its images itself: it takes and gives images in [0, 1]. Throws InputError for a
/// format that cannot, and for a normalization other than "standardize", which depends on the
/// image.
ExportOptions export_options(const TrainedModel& trained, const ModelFormat& format,
                             bool normalize);

}  // namespace adjoint
