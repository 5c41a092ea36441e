#pragma once

// `adjoint new`: from a folder of images to a config that fits them and the machine.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/new_config/config_choice.hpp"
#include "train/new_config/config_text.hpp"
#include "train/new_config/step_time.hpp"

namespace adjoint {

struct NewConfigRequest {
  std::filesystem::path folder;  // of images, or one file of them
  NewTask task = NewTask::denoise;
  std::filesystem::path config;  // where it will lie
  double minutes = 20;           // that the training may take
  bool expand = false;           // write the preset's layers
};

/// A config, and how it came about.
struct NewConfig {
  ImageSurvey survey;
  std::optional<PairedFolders> pairs;
  ConfigChoice choice;
  ConfigFrame frame;
  StepTime time;
  int threads = 1;
  std::string text;                   // of the config
  std::vector<std::string> commands;  // to type next
  /// Seconds that it takes to read every image once: then they are in memory.
  double reading_time() const;
  /// Seconds that the training will take.
  double training_time() const {
    return static_cast<double>(frame.epochs) * time.epoch + reading_time();
  }
};

/// Looks at the images, chooses, and measures some training steps. Writes nothing. Throws
/// InputError if there are no images that a model could learn from.
NewConfig make_new_config(const NewConfigRequest& request, ThreadPool& pool);

/// What was found and chosen, and what to type next.
std::string new_config_report(const NewConfig& made, const std::filesystem::path& config);
nlohmann::ordered_json new_config_json(const NewConfig& made, const std::filesystem::path& config);

/// What the images are, in one line: "12 jpg files of 4000x6000 pixels, colour, 8 bits".
std::string images_line(const ImageSurvey& survey);
/// What their noise is, in one line.
std::string noise_line(const ImageSurvey& survey);
/// "13 minutes".
std::string rough_duration(double seconds);

}  // namespace adjoint
