#pragma once

#include <functional>
#include <optional>

#include "inference/images/comparison_picture.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/images/result_writer.hpp"

namespace adjoint {

/// Comparison of the results of reconstruct_images() with clean images: at most one of the two.
struct ReconstructionTruth {
  /// Standard deviation of Gaussian noise that is added to the images first (white is 1): the
  /// images themselves are the truth. The model must not enlarge. The noise of an image depends on
  /// its number among all inputs.
  std::optional<double> noise = {};
  std::uint64_t seed = 0;  // of that noise
  /// Clean images, one for each input and of the size of its output; null: none.
  ImageSource* references = nullptr;
};

/// How many images were run, and how near they came to the truth.
struct ReconstructionSummary {
  Index images = 0;
  /// Mean PSNR in dB of the model's inputs and of its outputs against the truth; nothing without.
  std::optional<double> input_psnr = {}, psnr = {};
};

/// Runs all images through a model and hands the outputs to a writer, batch by batch, and to a
/// comparison, unless that is null. `progress` is called after each batch with the images so far:
/// about as many, where ranks share them. Collective: the summary is the same at every rank, and
/// the files are those of one process. Throws InputError like ImageSource and ImageModel, or if a
/// reference is missing or of another size, RunError like ResultWriter.
ReconstructionSummary reconstruct_images(ImageModel& model, ImageSource& source,
                                         const ReconstructionTruth& truth, ResultWriter& writer,
                                         ComparisonPicture* comparison,
                                         const std::function<void(Index images)>& progress,
                                         Ranks& ranks = alone());

/// Mean PSNR of some images against others of the same number; smaller ones are enlarged by bicubic
/// interpolation first.
double enlarged_psnr(ConstView images, ConstView references);

}  // namespace adjoint
