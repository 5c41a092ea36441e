#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/parallel/ranks.hpp"
#include "train/run_source.hpp"
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
};

/// What the caller's users call these things, for messages.
struct RunOptionNames {
  std::string resume = "--resume", overwrite = "--overwrite", out = "--out", from = "--from";
  std::string white = "--set data.white={}";  // with {} for the number
};

/// A run that is ready: begun.trainer->run() trains.
struct BegunRun {
  std::unique_ptr<Trainer> trainer;
  std::shared_ptr<const RunLock> claim;      // of the folder, while this lives; null at other ranks
  std::vector<std::string> changes;          // of the config since the run began: see resume()
  std::optional<std::string> level_warning;  // of the images: see LevelCheck
  std::optional<WeightTransfer> transfer;    // of the weights of `from`
  std::string from;                          // the checkpoint that has them
};

/// Begins a run or goes on with one. Nothing on disk changes before trainer->run(). Throws
/// InputError if the folder holds a run and neither `resume` nor `overwrite` is set, if a file of
/// the run would replace its config or data, if `resume` and `from` are both given, if another
/// process trains in the folder, and like Trainer.
BegunRun begin_run(const RunRequest& request, ThreadPool& pool, Ranks& ranks = alone(),
                   const RunOptionNames& names = {});

}  // namespace adjoint
