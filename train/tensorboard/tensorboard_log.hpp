#pragma once

#include <filesystem>
#include <memory>

#include "train/tensorboard/event_file.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// Writes a training for TensorBoard: two of its runs, DIR/train and DIR/validation, with the same
/// tags, so that it draws both over one another. Steps are epochs, counted from 1.
class TensorBoardLog final : public TrainingObserver {
 public:
  /// The trainer lives longer. Nothing is written yet.
  TensorBoardLog(const Trainer& trainer, RunFolder run, std::filesystem::path folder);

  /// Makes the files and writes the model's graph. Throws InputError naming `option` if the folder
  /// cannot be written.
  void begin(const std::string& option = "--tensorboard");
  /// Writes the epoch's row of the history and its picture. Throws RunError if that fails; what was
  /// written before stays, and the next epoch is tried again.
  void on_epoch_saved(const EpochReport& report) override;

 private:
  std::vector<EventGraphNode> graph() const;

  const Trainer& trainer_;
  RunFolder run_;
  std::filesystem::path folder_;
  std::unique_ptr<EventFile> training_, validation_;
};

}  // namespace adjoint
