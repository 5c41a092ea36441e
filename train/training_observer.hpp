#pragma once

// Reports that a training sends to its observer while it runs.

#include <optional>
#include <string>

#include "train/evaluation.hpp"

namespace adjoint {

/// Where a step stands in its training.
struct StepReport {
  Index epoch = 0, epochs = 0;   // counted from 1
  Index batch = 0, batches = 0;  // counted from 1
  Index samples = 0;             // of this step
  double mean_loss = 0;          // of the epoch so far
};

/// How much of a model's code tells images apart.
struct CodeUse {
  std::string layer;
  Index images = 0;  // that were looked at
  Index units = 0;   // channels, or numbers where the code has no height and width
  Index dead = 0;    // of them: the same at every place of all images
};

/// An epoch that is over.
struct EpochReport {
  Index epoch = 0, epochs = 0;
  Index samples = 0;
  double loss = 0;
  /// Mean PSNR of the training images during the epoch; unset where their targets are noisy.
  std::optional<double> psnr = 0;
  double learning_rate = 0;  // of the last step
  bool validated = false;
  Evaluation validation;
  std::optional<CodeUse> code;  // of the first validation images
  double seconds = 0;
  double loader_wait = 0;  // share of the epoch's time, in [0, 1], spent waiting for images
  /// Bytes that the ranks sent each other in the epoch, all together, and the time that they spent
  /// on it and on waiting for each other, in the mean; 0 for a process alone.
  double communication_bytes = 0, communication_seconds = 0;
  bool best = false;
};

/// Something about a training that its user should know.
struct TrainingWarning {
  std::string kind;  // "batch_size"; each kind is said once
  std::string text;  // a sentence
};

/// Watches a training; the default does nothing.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void on_step(const StepReport&) {}
  virtual void on_epoch(const EpochReport&) {}
  /// The same epoch, once its checkpoint, history and picture are in the run's folder; at the first
  /// rank alone. What this throws becomes a warning.
  virtual void on_epoch_saved(const EpochReport&) {}
  virtual void on_warning(const TrainingWarning&) {}
};

}  // namespace adjoint
