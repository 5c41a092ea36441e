#pragma once

#include <optional>
#include <vector>

#include "datasets/corruption.hpp"
#include "datasets/loader.hpp"
#include "framework/graph/predictor.hpp"
#include "train/training_observer.hpp"

namespace adjoint {

/// The first images of a training's data, and a model that is tried on them after an epoch.
struct EpochSamples {
  const Model& model;
  const DatasetPtr& data;
  const std::vector<CorruptionSpec>& corruptions;
  LoaderOptions loader;  // its batch size does not matter
  ConvolutionOptions convolution;
  ThreadPool& pool;
};

/// A picture of the first `count` images, a row for each: input (where it is not the target),
/// output, target. Nothing where they are no gray or colour images.
std::optional<Tensor> sample_picture(const EpochSamples& samples, Index count);

/// Looks at the codes of up to 32 images; nothing for a model without a latent layer, or for data
/// of less than 8 images.
std::optional<CodeUse> code_use(const EpochSamples& samples);

}  // namespace adjoint
