#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/config.hpp"
#include "train/training_observer.hpp"

namespace adjoint {

/// Looks at the epochs of a training for what shows that it goes wrong, and says what is probably
/// the cause and what to do: a model that makes images worse, that reconstructs one gray value,
/// whose loss grows, whose outputs leave out a part of the targets' range.
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

  Setting setting_;
  std::optional<double> lowest_loss_;
};

}  // namespace adjoint
