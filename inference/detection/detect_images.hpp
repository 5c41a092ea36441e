#pragma once

#include <functional>
#include <string>

#include "inference/detection/detection.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// Runs all images through a model and finishes a detection with them; what cannot be read is
/// flagged. `overlay` is called with the number and the name of each image that this rank takes, in
/// their order, and the picture that Detection::add() makes. Collective: the findings at rank 0 are
/// those of one process. Throws InputError like ImageSource.
void detect_images(
    ImageSource& source, ImageModel& model, Detection& detection,
    const std::function<void(Index number, const std::string& name, const Tensor&)>& overlay,
    Ranks& ranks = alone());

}  // namespace adjoint
