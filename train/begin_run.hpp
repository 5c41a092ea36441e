#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/parallel/ranks.hpp"
#include "train/run_source.hpp"
#include "train/serve/live_report.hpp"
#include "train/tensorboard/tensorboard_log.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// A run that somebody asks for.
struct RunRequest {
  RunSource source;
  RunFolder folder;
  std::string config_file;               // that `source` was read from; empty: from memory
  bool resume = false;                   // go on from the folder's checkpoint
  bool overwrite = false;                // remove the run that the folder holds
  std::optional<std::string> from = {};  // begin with the weights of this checkpoint
  bool serve = false;                    // show the run in a browser while it trains, ...
  WantedPort port = {};                  // ... on this port
  std::optional<std::filesystem::path> tensorboard = {};  // write it there for TensorBoard, too
};

/// What the caller's users call these things, for messages.
struct RunOptionNames {
  std::string resume = "--resume", overwrite = "--overwrite", out = "--out", from = "--from";
  std::string white = "--set data.white={}";  // with {} for the number
  std::string serve = "--serve", tensorboard = "--tensorboard";
};

/// A run that is ready: train() trains.
struct BegunRun {
  std::unique_ptr<Trainer> trainer;
  std::shared_ptr<const RunLock> claim;      // of the folder, while this lives; null at other ranks
  std::vector<std::string> changes;          // of the config since the run began: see resume()
  std::optional<std::string> level_warning;  // of the images: see LevelCheck
  std::optional<WeightTransfer> transfer;    // of the weights of `from`
  std::string from;                          // the checkpoint that has them
  std::unique_ptr<LiveReport> live;          // serves the run's page; null unless it is asked for
  std::unique_ptr<TensorBoardLog> events;    // likewise
  RunOptionNames names;

  /// As Trainer::run(), watched by all that was asked for as well. Throws InputError if the folder
  /// for TensorBoard cannot be written.
  Trainer::Ending train(TrainingObserver& observer, const std::atomic<bool>& stop);
};

/// Begins a run or goes on with one. Nothing on disk changes before train(). Throws InputError if
/// the folder holds a run and neither `resume` nor `overwrite` is set, if a file of the run would
/// replace its config or data, if `resume` and `from` are both given, if another process trains in
/// the folder, if the port cannot be had, and like Trainer.
BegunRun begin_run(const RunRequest& request, ThreadPool& pool, Ranks& ranks = alone(),
                   const RunOptionNames& names = {});

}  // namespace adjoint
