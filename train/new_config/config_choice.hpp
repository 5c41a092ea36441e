#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/settings/named_enum.hpp"
#include "train/new_config/image_survey.hpp"

namespace adjoint {

/// What a model is to do for images.
enum class NewTask { denoise, reconstruct, detect, compress, super_resolution };
constexpr std::array<std::string_view, 5> config_names(NewTask) {
  return {"denoise", "reconstruct", "detect", "compress", "super-resolution"};
}

/// How a model learns its task from the images.
enum class Lesson {
  added_noise,   // from clean images with noise added
  noisy_pairs,   // from pairs of a noisy and a clean image
  noise2noise,   // from pairs of noisy images
  noise2void,    // from single noisy images
  itself,        // to give back what it saw
  hidden_cells,  // to fill in what is hidden
  made_small,    // from images that were made small
};

/// What a new config says, as it was chosen for some images.
struct ConfigChoice {
  NewTask task = NewTask::denoise;
  Lesson lesson = Lesson::added_noise;

  Index channels = 1;                // that the model sees
  std::vector<std::string> exclude;  // data.exclude
  Index excluded_small = 0;          // of which so many are whole, but small
  std::optional<double> white;       // data.white
  Index patches = 0;                 // height and width; 0: whole images
  Index patches_per_image = 1;
  Index limit = 0;     // data.limit; 0: all
  Index cache_mb = 0;  // data.cache_mb; 0: as by default
  double validation = 0.1;
  Index samples = 0;  // of one epoch

  double sigma = 0;          // largest standard deviation of added noise
  std::vector<Index> cells;  // sizes of hidden cells
  Index margin = 0;          // pixels at the border that count for no defect
  double false_alarms = 0.05;

  std::string preset;
  std::vector<std::pair<std::string, std::string>> settings;  // of the preset, but for its width
  std::vector<Index> widths;  // that come into question, the largest first
  Index good_steps = 4000;    // of which a model makes much; for fewer a narrower one is enough
  std::string loss = "mse";
  double learning_rate = 1e-3;
  bool turns = false;  // flips and rotations as augmentation
  bool flips = false;  // flips alone
  Index batch_size = 16;

  std::vector<std::string> reasons;  // a sentence each
};

/// Chooses for a task and images that were surveyed; `pairs` where the noisy ones are in a folder
/// of their own. `memory` is that of the machine in bytes. Throws InputError if the images are too
/// small for any model.
ConfigChoice choose_config(NewTask task, const ImageSurvey& survey,
                           const std::optional<PairedFolders>& pairs, std::uint64_t memory);

}  // namespace adjoint
