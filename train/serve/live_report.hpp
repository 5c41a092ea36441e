#pragma once

// The report of a run while it trains, as a page that a browser on this machine shows.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "inference/inspection/inspection.hpp"
#include "train/run_samples.hpp"
#include "train/run_summary.hpp"
#include "train/serve/loopback.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// Serves the page of a run while it lives. The training leaves a copy of its history here when an
/// epoch's files are written, and after a step some numbers, without a lock or an allocation; all
/// else is done by the server's threads, of lower priority, when a browser asks: they read the
/// weights from the run's checkpoint.
class LiveReport final : public TrainingObserver {
 public:
  /// As serve_pages(). The trainer lives longer.
  LiveReport(const Trainer& trainer, const RunFolder& folder, WantedPort port,
             const std::string& option = "--serve");
  ~LiveReport() override;
  LiveReport(const LiveReport&) = delete;
  LiveReport& operator=(const LiveReport&) = delete;

  /// Shows the run from where the trainer now is: before its first step, perhaps after resume().
  void begin();
  /// "http://127.0.0.1:8700/"
  std::string address() const;
  /// Says to open pages how the training ended; unless it was interrupted, the destructor gives
  /// them a moment to ask.
  void end(Trainer::Ending ending);

  void on_step(const StepReport& report) override;
  void on_epoch_saved(const EpochReport& report) override;
  void on_warning(const TrainingWarning& warning) override;

 private:
  using Clock = std::chrono::steady_clock;
  /// What the page shows; made by the training, and not changed then.
  struct Snapshot {
    Index version = 0;
    RunSummary run;
    std::vector<std::string> warnings;
    std::string ending;  // empty: it trains
  };
  struct Step {
    std::atomic<Index> epoch = 0, batch = 0, taken = 0;
    std::atomic<double> loss = 0;
    std::atomic<Clock::rep> since = 0;  // when the first one ended
  };

  /// Sections that show the weights of an epoch's checkpoint.
  struct Weights {
    Index epoch = 0;
    Page sections{""};
    Clock::time_point made{};
    Clock::duration took{};
  };

  void publish(Snapshot next);
  std::shared_ptr<const Snapshot> snapshot() const;
  Page page() const;
  void show_weights(const RunSummary& run) const;
  std::string state();
  std::string status(const Snapshot& snapshot) const;

  const Trainer& trainer_;
  std::string id_;  // of this training among others on the same port
  Inspection layers_;
  Index batches_;
  Step step_;
  std::vector<std::string> warnings_;  // the training's

  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const Snapshot> snapshot_;
  Clock::time_point asked_{};
  bool told_ = false;  // a page knows the ending
  std::condition_variable telling_;

  mutable std::mutex drawing_;  // one page at a time
  mutable EpochPictures pictures_;
  mutable Weights weights_;
  std::unique_ptr<PageServer> server_;  // ends first
};

}  // namespace adjoint
