#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/corruption.hpp"
#include "datasets/data_spec.hpp"
#include "datasets/normalization.hpp"
#include "framework/graph/model.hpp"
#include "framework/storage/checkpoint.hpp"
#include "models/formats/foreign_model.hpp"

namespace adjoint {

/// A trained model, and what its checkpoint says of the images that it was made for. How it was
/// trained does not matter here.
struct TrainedModel {
  std::string path;  // of the checkpoint
  std::string name;
  bool foreign = false;  // another program trained it: for what it was is not known
  Index seed = 0;
  DataSpec data;                            // the images that it was trained on
  std::filesystem::path folder;             // where relative paths in `data` begin
  std::vector<CorruptionSpec> corruptions;  // of the model's input in training
  Normalization normalization;              // of pixels, before they reach the model
  Model model;                              // any height and width, where its layers allow that
  ModelSpec spec;                           // of the model as it was trained
  Checkpoint checkpoint;                    // everything else in the file

  /// Reads a checkpoint, or the one in a run's folder (see find_checkpoint()). The weights are
  /// their moving averages, where the training kept any. Throws InputError if it is no checkpoint,
  /// its parts do not fit together, or a weight is not a finite number.
  /// A model of another program's (see models/formats/model_format.hpp) is read likewise; its
  /// checkpoint has a config and nothing else.
  static TrainedModel load(const std::filesystem::path& checkpoint);

  /// The model for images of the size that it was trained on.
  Model as_trained() const;

 private:
  static TrainedModel load_own(const std::string& path);
  static TrainedModel load_foreign(const std::string& path);
};

/// A config, as TOML, for a model that another program trained: its layers, and a folder of images
/// beside the file as its data.
std::string foreign_config(const ForeignModel& foreign);

}  // namespace adjoint
