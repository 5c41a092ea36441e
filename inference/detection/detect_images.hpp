#pragma once

#include <functional>
#include <string>

#include "inference/detection/detection.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// Runs all images through a model and adds them to a detection, in their order; what cannot be
/// read is flagged. `overlay` is called with each image's name and the picture that
/// Detection::add() makes. Throws InputError like ImageSource.
void detect_images(ImageSource& source, ImageModel& model, Detection& detection,
                   const std::function<void(const std::string& name, const Tensor&)>& overlay);

}  // namespace adjoint
