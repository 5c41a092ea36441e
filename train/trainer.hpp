#pragma once

#include <atomic>
#include <set>

#include "datasets/normalization.hpp"
#include "datasets/split.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/storage/checkpoint.hpp"
#include "train/config.hpp"
#include "train/diagnosis.hpp"
#include "train/epoch_samples.hpp"
#include "train/evaluation.hpp"
#include "train/run_folder.hpp"
#include "train/training_observer.hpp"

namespace adjoint {

/// Trains a model as a config says, and keeps its run folder.
class Trainer {
 public:
  enum class Ending { finished, stopped_early, interrupted };

  /// Builds the model and opens the data. Several ranks train together, each its shards of every
  /// batch, to the same bits as one; then whatever trains, saves or resumes is collective, and rank
  /// 0 alone touches the run folder. Throws InputError where the config, the model and the data do
  /// not fit, or the ranks do not agree on them.
  Trainer(const Config& config, const RunFolder& folder, ThreadPool& pool, Ranks& ranks = alone());

  /// Takes up the training that a checkpoint holds. Another number of epochs, learning rate or
  /// schedule than before is taken; the result says, a sentence each, what that changes. Throws
  /// InputError if there is no such checkpoint, or the config differs otherwise.
  std::vector<std::string> resume(const std::filesystem::path& checkpoint);

  /// Begins with the weights of another training, those that fit by name and shape. Throws
  /// InputError if none does.
  WeightTransfer begin_from(const std::filesystem::path& checkpoint);

  /// Claims the folder, removes what an earlier run left there unless this goes on with it, and
  /// trains until the config's last epoch, or `patience` runs out, or `stop` becomes true: then the
  /// step under way ends, and the checkpoint is saved. A history or picture that cannot be written
  /// is a warning. Throws InputError if the folder cannot be claimed (see RunFolder), RunError
  /// - if the loss becomes infinite or NaN: earlier files are then as they were, unless it came of
  ///   the data, see below;
  /// - if a checkpoint cannot be written: the state is then in another folder, which the message
  ///   names, unless none takes it.
  /// Whatever reading or judging the images throws is thrown on, and the state is saved first.
  Ending run(TrainingObserver& observer, const std::atomic<bool>& stop);

  const Model& model() const { return model_; }
  /// The model that is validated and shown: with the weights' moving averages, where they are kept.
  const Model& evaluated_model() const { return averaged_ ? *averaged_ : model_; }
  const Config& config() const { return config_; }
  /// The config as TOML text, with every key.
  const std::string& config_text() const { return checkpoint_.config; }
  /// Shape of one sample as training takes it.
  const Shape& input_shape() const { return train_loader_.input_shape(); }
  const TrainingProgress& progress() const { return checkpoint_.progress; }
  const History& history() const { return checkpoint_.history; }
  const Dataset& train_data() const { return *split_.train; }
  /// The data, divided.
  const Split& split() const { return split_; }
  /// The evaluator of the validation data; null without any.
  const Evaluator* evaluator() const { return evaluator_ ? &*evaluator_ : nullptr; }
  Index train_size() const { return split_.train->size(); }
  Index validation_size() const { return split_.validation ? split_.validation->size() : 0; }
  /// Steps that one epoch takes.
  Index batches() const { return train_loader_.batches(); }
  /// Images in a batch: the config's number, or all where there are fewer.
  Index batch_size() const { return batch_size_; }
  /// Warnings of on_warning() that still hold.
  std::vector<TrainingWarning> warnings() const;

 private:
  bool train_epoch(TrainingObserver& observer, const std::atomic<bool>& stop);
  double train_batch(const Batch& batch);
  double measure(const Batch& batch, bool stop);
  EpochReport end_epoch();
  void write_reports(TrainingObserver& observer, const EpochReport& report);
  template <class Work>
  auto keeping_the_state(Work work);
  void warn_of_idle_ranks(TrainingObserver& observer);
  void warn(TrainingObserver& observer, const TrainingWarning& warning);
  void say(TrainingObserver& observer, const TrainingWarning& warning);
  void start_loader();
  void take_averages();
  double learning_rate(Index batch) const;
  TrainingTime time_of(Index batch) const;
  void collect_state();
  void save(const std::filesystem::path& path);
  void save_state();
  bool best_is_missing() const;
  void report_traffic(EpochReport& report);
  EpochSamples epoch_samples() const;
  LoaderOptions loader_options(bool shuffle) const;
  bool has_clean_targets() const { return config_.training.target.kind == TargetKind::clean; }

  Config config_;
  RunFolder folder_;
  std::filesystem::path resumed_;  // the checkpoint that it goes on from; empty: it begins
  ThreadPool& pool_;
  Sharding sharding_;
  Split split_;
  Index batch_size_;
  std::vector<Metric> metrics_;  // beside loss and PSNR
  ConvolutionOptions convolution_;
  Normalization normalization_;
  Loader train_loader_;
  Model model_;
  std::optional<Model> averaged_;
  std::unique_ptr<Loss> loss_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingStep step_;
  Scorer scorer_;  // of training images
  ShardSums sums_;
  bool stopping_ = false;  // as all ranks know since the last batch
  Tensor output_;          // of a batch of them
  std::optional<Evaluator> evaluator_;
  std::optional<Loader> validation_loader_;
  std::vector<double> losses_;  // of the epochs that are over, as the schedule watches them
  double epoch_seconds_ = 0;    // time that this process spent on the last epoch's steps
  double epoch_waited_ = 0;     // time that it waited for the loader
  Ranks::Traffic traffic_;      // until the epoch under way
  Checkpoint checkpoint_;
  Diagnosis diagnosis_;
  std::vector<TrainingWarning> warnings_;
  std::vector<TrainingWarning> findings_;  // about the last epoch
  std::set<std::string> said_;             // kinds of both
};

}  // namespace adjoint
