#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "train/config.hpp"
#include "train/training_observer.hpp"

namespace adjoint {

class ThreadPool;

/// One-class classification of a labelled data set: a model is trained on the images of one class
/// alone, and should score the test images of all others higher.
/// Source: Ruff et al. 2018, "Deep One-Class Classification", proceedings.mlr.press/v80/ruff18a.
struct OneClassOptions {
  std::vector<std::string> classes = {};  // numbers or names of labels; empty: all
  Index seeds = 1;                        // trainings of each class: the config's seed, seed + 1...
  std::filesystem::path folder = {};      // of the runs: class-LABEL/seed-SEED
};

/// How well the models of one class tell it from all others.
struct OneClassResult {
  Index label = 0;
  std::string name;           // empty where labels have no names
  std::vector<double> auroc;  // of each seed, in order
};

/// Mean and standard deviation of some values.
struct MeanAndDeviation {
  double mean = 0;
  std::optional<double> deviation;  // of a sample: over n - 1; nothing of a single value
};
MeanAndDeviation mean_and_deviation(std::span<const double> values);

/// One training of an evaluation and its test.
struct OneClassRun {
  const OneClassResult& of;
  Index seed = 0;
  Index number = 0, runs = 0;  // counted from 1
};

/// Watches an evaluation and its trainings; the default does nothing.
class OneClassObserver : public TrainingObserver {
 public:
  virtual void on_run(const OneClassRun&) {}
  virtual void on_auroc(double) {}
};

/// Trains on each class in turn as the config says, its data.classes apart, and ranks the test
/// images of the data set by their scores (config.detection). A run's folder is one of `adjoint
/// train` with a detection.json beside it; a run that is there already goes on or is tested again.
/// Returns nothing if `stop` became true. Throws InputError, before anything is trained, where the
/// data have no labels or no test images, a class is not among both, or the model enlarges images;
/// and like Trainer.
std::optional<std::vector<OneClassResult>> evaluate_one_class(const Config& config,
                                                              const OneClassOptions& options,
                                                              ThreadPool& pool,
                                                              OneClassObserver& observer,
                                                              const std::atomic<bool>& stop);

}  // namespace adjoint
