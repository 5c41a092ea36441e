#pragma once

#include <vector>

#include "datasets/corruption.hpp"
#include "inference/images/comparison_picture.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "train/evaluation.hpp"

namespace adjoint {

// A trained model's loss, PSNR, and the metrics mse, mae and ssim, in this order. `corruptions` are
// applied to the images that the model sees; the model's own are trained().corruptions. Both are
// collective: the ranks share the images, and all of them have the figures of one process.

/// Further measures of the same images, where they are asked for.
struct AlsoMeasured {
  /// Not with a model that enlarges.
  std::vector<ClassicalFilter> filters = {};
  /// Estimates log p(x), from so many codes of each image; 0: not. Then both throw InputError like
  /// LogLikelihoodEstimator, or where there are no clean images.
  Index importance_samples = 0;
  /// Gets input, output and target of the first images; of images that are named alone.
  ComparisonPicture* picture = nullptr;
};

/// On the data that training held out, seen exactly as training saw it, with the engine and
/// precision of the training. Throws InputError if the model's config holds out none, or there are
/// more ranks than its shards.
Evaluation evaluate_on_validation_data(const ImageModel& model,
                                       const std::vector<CorruptionSpec>& corruptions,
                                       ThreadPool& pool, Ranks& ranks = alone(),
                                       const AlsoMeasured& also = {});

/// The part of an image of this shape, (height, width, channels), that evaluate_on() takes: as
/// large as the model can make it. Empty for an empty one.
Shape evaluated_shape(const ImageModel& model, const Shape& image);

/// On images of any size, cut at the bottom and the right to sizes that the model can make. Throws
/// InputError like ImageSource and ImageModel, and where the images would be compared with
/// themselves: the model was trained on noisy targets, and there is no corruption.
Evaluation evaluate_on(ImageSource source, ImageModel& model,
                       const std::vector<CorruptionSpec>& corruptions, ThreadPool& pool,
                       Ranks& ranks = alone(), const AlsoMeasured& also = {});

}  // namespace adjoint
