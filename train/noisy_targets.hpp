#pragma once

// Training on noisy targets (training.target): what a config must fit, and what training,
// validation and evaluation then differ in.

#include <memory>

#include "datasets/dataset.hpp"
#include "framework/losses/loss.hpp"
#include "train/config.hpp"

namespace adjoint {

/// Reports what does not go with the config's training.target.
void check_target(const Config& config, Keys& key);

/// The loss of a training with this config, and of its validation.
std::unique_ptr<Loss> loss_of_training(const Config& config);

/// The targets of images that a model is judged by: those that are seen whole and have a reference,
/// the image that was corrupted or the other one of its pair. Images of which only the noisy
/// version is known have none: with Noise2Void pixels of them are hidden, as in training.
Target judging_target(const Config& config, const std::vector<CorruptionSpec>& corruptions,
                      const Dataset& images);

/// The same as judging_target(); throws InputError where the config asks for metrics and there is
/// no reference to measure against.
Target validation_target(const Config& config, const Dataset& images);

/// Whether the references of the validation images are noisy themselves: pairs of noisy images.
bool has_noisy_references(const Config& config);

}  // namespace adjoint
