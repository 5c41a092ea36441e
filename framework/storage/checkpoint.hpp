#pragma once

// One HDF5 file holds a model and all that its training needs to go on:
//
//   /                    attributes model_config, keras_version, backend (as Keras writes them)
//   /model_weights       attribute layer_names; a group for each layer with weight_names
//     <layer>/<layer>/kernel:0
//   /adjoint             attributes schema_version, config, config_folder and progress
//     initial_weights/<layer>/kernel
//     optimizer/<layer>/kernel/<slot>
//     ema/<layer>/kernel          moving averages of the weights, where the training keeps any
//     history/<column>
//     images           attributes folder, trained_on and held_out: which image files were which
//     notes            read only: texts that earlier versions kept
//     learned/<subject>/<name>
//
// A tied kernel is stored once and linked from both layers.

#include <map>
#include <string>
#include <vector>

#include "framework/graph/model.hpp"
#include "framework/graph/optimizer_state.hpp"
#include "framework/storage/hdf5_file.hpp"

namespace adjoint {

/// State of a training: everything that decides how it continues.
struct TrainingProgress {
  Index epoch = 0;       // epochs completed
  Index batch = 0;       // batches completed of the epoch under way
  double loss_sum = 0;   // of the epoch under way: each batch's loss times its samples
  double psnr_sum = 0;   // likewise
  Index samples = 0;     // of the epoch under way
  double seconds = 0;    // spent so far
  Index best_epoch = 0;  // counted from 1; 0: none yet
  double best_loss = 0;  // of that epoch
};

/// One row an epoch.
struct History {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;
};

/// Images that a training saw and those it held out: names of files in a folder, with "#PAGE"
/// where a file has several images. Empty where images have no files of their own.
struct ImageRecord {
  std::string folder;
  std::vector<std::string> trained_on;
  std::vector<std::string> held_out;
};

/// Content of a checkpoint beside the weights.
struct Checkpoint {
  static constexpr std::int64_t kSchemaVersion = 1;

  std::string config;         // resolved, as TOML
  std::string config_folder;  // where the config's relative paths begin
  std::string keras_config;   // Keras's model_config as JSON; empty where Keras has no such model
  std::map<std::string, Tensor> initial_weights;  // by parameter name
  OptimizerState optimizer;
  TrainingProgress progress;
  History history;
  /// Numbers learned from the data beside the weights: "normalization/offset", for one.
  std::map<std::string, std::vector<double>> learned;
  ImageRecord images;
  /// Notes of earlier versions on a trained model, by name, such as "detection". Read, never
  /// written.
  std::map<std::string, std::string> notes;
};

/// The present values of all parameters, by name.
std::map<std::string, Tensor> copy_weights(const Model& model);

/// Writes a checkpoint whole or not at all. Throws RunError if the file cannot be written.
void save_checkpoint(const std::string& path, const Model& model, const Checkpoint& checkpoint);

/// Reads everything but the weights. Throws InputError if the file is not a checkpoint of Adjoint,
/// is damaged, or has a schema version that is not known.
Checkpoint load_checkpoint(const std::string& path);
/// Loads from an open file: the result and the weights read later belong together, also if a
/// training replaces the file meanwhile.
Checkpoint load_checkpoint(const Hdf5File& file);

/// Reads the weights into a model, by name: those of the last step, also where the checkpoint has
/// moving averages of them; see put_averages(). Throws InputError that lists what is missing, what
/// is too much and what has another shape; the model is then as it was.
void load_weights(const std::string& path, Model& model);
void load_weights(const Hdf5File& file, Model& model);

/// Names of the weights that a fine-tuning took from another model, and of those it did not.
struct WeightTransfer {
  std::vector<std::string> taken;
  std::vector<std::string> left;     // weights of the model that the file lacks in their shape
  std::vector<std::string> ignored;  // weights of the file that the model has no place for
};
/// Reads what fits by name and shape, of a checkpoint the moving averages where it has any, and
/// leaves the rest of the model as it is. Throws InputError if nothing fits.
WeightTransfer transfer_weights(const std::string& path, Model& model);

}  // namespace adjoint
