#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train/config.hpp"
#include "train/run_folder.hpp"
#include "train/training_record.hpp"

namespace adjoint {

/// A run in figures, read from its folder.
struct RunSummary {
  std::string name;              // the last part of the folder's path
  std::filesystem::path folder;  // as it was named
  Config config;
  std::string config_text;  // resolved, as TOML
  TrainingProgress progress;
  History history;
  std::vector<TrainingSession> sessions;  // none in runs of earlier versions
  Index parameters = 0;

  /// A column of the history at the best epoch; nothing if there is none, or no finite number.
  std::optional<double> best(const std::string& column) const;
  /// Seconds of training and validation that an epoch took in the mean.
  std::optional<double> seconds_per_epoch() const;
  /// Training images in a second of training and validation; nothing where it is not known how many
  /// there were.
  std::optional<double> images_per_second() const;
  /// Whether the model saw other images than it had to make: then a picture's first column shows
  /// them.
  bool has_corrupted_input() const;
};

/// `path` is a run's folder or a checkpoint in one. Throws InputError if there is no run.
RunSummary summarize_run(const std::filesystem::path& path);

/// "1:02:03" or "2:03".
std::string duration_text(double seconds);

}  // namespace adjoint
