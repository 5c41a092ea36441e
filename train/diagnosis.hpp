#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/config.hpp"
#include "train/training_observer.hpp"

namespace adjoint {

/// Looks at the epochs of a training for what shows that it goes wrong, and says what is probably
/// the cause and what to do: a model that makes images worse, that hardly improves them, that
/// reconstructs one gray value, whose loss grows or stays where it began, that over-fits, whose
/// outputs leave out a part of the targets' range, whose code is dead; a training that waits for
/// its images.
class Diagnosis {
 public:
  /// Settings that may be the cause.
  struct Setting {
    std::string optimizer;     // its kind
    double learning_rate = 0;  // at its highest
    Index batches = 1;         // of an epoch
    /// The momentum of the model's BatchNormalization, the largest; unset: it has none.
    std::optional<double> momentum = {};
    /// The momentum of the moving average of the weights that is validated; unset: there is none.
    std::optional<double> ema_momentum = {};
    /// Whether validation compares with noisy images: their noise reaches beyond what a denoiser
    /// makes.
    bool noisy_references = false;
    /// data.cache_mb, of a source whose images are decoded; unset: they are not.
    std::optional<Index> cache_mb = {};
  };
  explicit Diagnosis(Setting setting) : setting_(std::move(setting)) {}
  /// Diagnoses a training with this config, `batches` batches an epoch.
  Diagnosis(const Config& config, Index batches);

  /// Warnings after an epoch; call it for each one, in order.
  std::vector<TrainingWarning> look(const EpochReport& report);

 private:
  std::string cause(const EpochReport& report) const;
  /// Whether the moving average of the weights still holds much of the initial ones.
  bool average_unsettled(const EpochReport& report) const;

  /// What a model does for images that has learned something wrong, or little.
  std::optional<TrainingWarning> quality(const EpochReport& report) const;
  std::optional<TrainingWarning> dead_code(const EpochReport& report) const;
  std::optional<TrainingWarning> flat_loss(const EpochReport& report) const;
  std::optional<TrainingWarning> overfitting(const EpochReport& report);
  std::optional<TrainingWarning> slow_reading(const EpochReport& report);
  /// Whether the images that the model makes are hardly better than nothing.
  static bool does_little(const Evaluation& at);

  Setting setting_;
  std::optional<double> first_loss_, lowest_loss_;
  /// The epoch of the lowest validation loss, with both losses.
  struct Best {
    Index epoch = 0;
    double validation_loss = 0, loss = 0;
  };
  std::optional<Best> best_;
  double seconds_ = 0;  // that the training had taken after the last epoch
};

}  // namespace adjoint
