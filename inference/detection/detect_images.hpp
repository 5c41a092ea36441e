#pragma once

#include <functional>
#include <string>

#include "inference/detection/detection.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// What becomes of the images that this rank takes; either may be left out.
struct DetectionCallbacks {
  /// The name of an image and the picture of what was found in it: see finding_picture(). Called by
  /// several threads at the same time, in any order.
  std::function<void(const std::string& name, const Tensor& picture)> overlay = {};
  /// The name of an image and its residuals, (height, width, 1). Called likewise.
  std::function<void(const std::string& name, const Tensor& residual)> residual = {};
  /// How many images of the source are done, by and by.
  std::function<void(Index images)> progress = {};
};

/// Runs all images through a model and finishes a detection with them; what cannot be read is
/// flagged. Collective: the findings at rank 0 are those of one process. Throws InputError like
/// ImageSource and Detection::examine(), and what callbacks throw.
void detect_images(ImageSource& source, ImageModel& model, Detection& detection,
                   const DetectionCallbacks& callbacks = {}, Ranks& ranks = alone());

}  // namespace adjoint
