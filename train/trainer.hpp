#pragma once

#include <atomic>

#include "datasets/normalization.hpp"
#include "datasets/split.hpp"
#include "framework/checkpoint/checkpoint.hpp"
#include "framework/graph/training_step.hpp"
#include "train/config.hpp"
#include "train/evaluation.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

/// Where a step stands in its training.
struct StepReport {
  Index epoch = 0, epochs = 0;   // counted from 1
  Index batch = 0, batches = 0;  // counted from 1
  Index samples = 0;             // of this step
  double mean_loss = 0;          // of the epoch so far
};

/// An epoch that is over.
struct EpochReport {
  Index epoch = 0, epochs = 0;
  Index samples = 0;
  double loss = 0;
  double psnr = 0;           // of the training images, while it trained
  double learning_rate = 0;  // of the last step
  bool validated = false;
  Evaluation validation;
  double seconds = 0;
  double loader_wait = 0;  // share of the epoch's time, in [0, 1], spent waiting for images
  bool best = false;
};

/// Watches a training; the default does nothing.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void on_step(const StepReport&) {}
  virtual void on_epoch(const EpochReport&) {}
};

/// Trains a model as a config says, and keeps its run folder.
class Trainer {
 public:
  enum class Ending { finished, stopped_early, interrupted };

  /// Builds the model and opens the data. Throws InputError where the config, the model and the
  /// data do not fit.
  Trainer(const Config& config, const RunFolder& folder, ThreadPool& pool);

  /// Takes up the training that a checkpoint holds. Throws InputError if there is none, or it was
  /// made with another config.
  void resume(const std::filesystem::path& checkpoint);

  /// Begins with the weights of another training, those that fit by name and shape. Throws
  /// InputError if none does.
  WeightTransfer begin_from(const std::filesystem::path& checkpoint);

  /// Claims the folder, removes what an earlier run left there unless this goes on with it, and
  /// trains until the config's last epoch, or `patience` runs out, or `stop` becomes true: then the
  /// step under way ends, and the checkpoint is saved. Throws InputError if the folder cannot be
  /// claimed (see RunFolder), RunError if the loss becomes NaN or a file cannot be written; earlier
  /// files are then as they were.
  Ending run(TrainingObserver& observer, const std::atomic<bool>& stop);

  const Model& model() const { return model_; }
  /// The model that is validated and shown: with the weights' moving averages, where they are kept.
  const Model& judged_model() const { return averaged_ ? *averaged_ : model_; }
  const TrainingProgress& progress() const { return checkpoint_.progress; }
  const History& history() const { return checkpoint_.history; }
  Index train_size() const { return split_.train->size(); }
  Index validation_size() const { return split_.validation ? split_.validation->size() : 0; }
  /// Steps that one epoch takes.
  Index batches() const { return train_loader_.batches(); }

 private:
  bool train_epoch(TrainingObserver& observer, const std::atomic<bool>& stop);
  EpochReport end_epoch();
  void start_loader();
  void take_averages();
  double learning_rate(Index batch) const;
  void save(const std::filesystem::path& path);
  void write_picture();
  LoaderOptions loader_options(bool shuffle) const;

  Config config_;
  RunFolder folder_;
  std::filesystem::path resumed_;  // the checkpoint that it goes on from; empty: it begins
  ThreadPool& pool_;
  Split split_;
  Normalization normalization_;
  Loader train_loader_;
  Model model_;
  std::optional<Model> averaged_;
  std::unique_ptr<Loss> loss_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingStep step_;
  std::optional<Evaluator> evaluator_;
  std::optional<Loader> validation_loader_;
  std::vector<double> losses_;  // of the epochs that are over, as the schedule watches them
  double epoch_seconds_ = 0;    // that this process spent on the steps of the last epoch
  double epoch_waited_ = 0;     // of which it waited for the loader
  Checkpoint checkpoint_;
};

}  // namespace adjoint
