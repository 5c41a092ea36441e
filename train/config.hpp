#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/augmentation.hpp"
#include "datasets/corruption.hpp"
#include "datasets/data_spec.hpp"
#include "datasets/target.hpp"
#include "framework/conv/engine.hpp"
#include "framework/losses/loss_settings.hpp"
#include "framework/optimizers/optimizer_settings.hpp"
#include "framework/parallel/shard_tree.hpp"
#include "framework/storage/checkpoint.hpp"
#include "inference/detection/detection_settings.hpp"
#include "models/model_spec.hpp"

namespace adjoint {

/// The [training] table.
struct TrainingSettings {
  Index epochs = 10;
  Index batch_size = 32;
  Index accumulate = 1;               // batches in one step
  Index shards = Sharding::kDefault;  // parts of a batch; the most ranks
  Index patience = 0;          // epochs without a better validation loss before stopping; 0: never
  Index checkpoint_steps = 0;  // save after so many steps, beside every epoch's end; 0: do not
  Index keep_every = 0;        // keep the checkpoint of every so many epochs; 0: none
  Index samples = 8;           // images shown in each epoch's picture
  std::vector<std::string> metrics;   // of validation images, beside loss and PSNR
  std::string precision = "float32";  // of the convolutions
  std::string engine = "auto";        // of the convolutions
  Target target;
  void keys(Keys& key);
};

/// Who computes the convolutions of a training, and in what numbers; of its validation likewise.
ConvolutionOptions convolution_options(const TrainingSettings& training);

/// How the ranks share the batches of a training and its validation. Throws InputError if they are
/// more than its shards.
Sharding sharding_of(const TrainingSettings& training, Ranks& ranks);

/// A whole config: what `adjoint train` reads, and what a checkpoint keeps.
struct Config {
  std::string name;
  Index seed = 0;
  DataSpec data;
  Augmentation augmentation;
  std::vector<CorruptionSpec> corruptions;
  ModelSpec model;
  LossSettings loss;
  OptimizerSettings optimizer;
  TrainingSettings training;
  DetectionSettings detection;

  /// The folder in which relative paths begin; not a key.
  std::filesystem::path folder;
  /// Whether a run's folder is to be called `name`; not a key.
  bool names_folder = false;

  void keys(Keys& key);
};

/// Reads a config file; `overrides` are "key=value" texts. Throws InputError.
Config read_config_file(const std::filesystem::path& path,
                        const std::vector<std::string>& overrides);
/// The config that a checkpoint keeps; `path` is its file's, for messages.
Config config_of(const Checkpoint& checkpoint, const std::string& path,
                 const std::vector<std::string>& overrides = {});

}  // namespace adjoint
