#pragma once

#include <chrono>

#include "train/program/terminal.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// Shows a training on standard error: a bar with ETA, images per second and loss while an epoch
/// runs, and a line for each epoch that is over.
class ProgressDisplay final : public TrainingObserver {
 public:
  void on_step(const StepReport& report) override;
  void on_epoch(const EpochReport& report) override;
  void on_warning(const TrainingWarning& warning) override;
  Terminal& terminal() { return terminal_; }

 private:
  using Clock = std::chrono::steady_clock;
  Terminal terminal_;
  Clock::time_point start_{};  // of what this process has trained
  Clock::time_point drawn_{};
  Index samples_ = 0;
  Index batches_ = 0;
  std::string last_psnr_;
};

}  // namespace adjoint
