#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/storage/checkpoint.hpp"
#include "framework/storage/find_checkpoint.hpp"
#include "train/run_lock.hpp"

namespace adjoint {

/// Where a run keeps its files, and their names.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path)
      : path_(std::move(path)), lock_(std::make_shared<std::weak_ptr<const RunLock>>()) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  /// The last state, from which training goes on.
  std::filesystem::path checkpoint() const { return path_ / kLastCheckpoint; }
  /// The state with the lowest validation loss.
  std::filesystem::path best() const { return path_ / kBestCheckpoint; }
  std::filesystem::path history() const { return path_ / "history.csv"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  /// How it was trained: see training_record.hpp.
  std::filesystem::path record() const { return path_ / "training.json"; }
  /// The page that shows the run: see run_report.hpp.
  std::filesystem::path report() const { return path_ / "report.html"; }
  /// The picture of one epoch, counted from 1.
  std::filesystem::path picture(Index epoch) const;

  /// The checkpoint of one epoch, counted from 1, that training.keep_every keeps.
  std::filesystem::path kept(Index epoch) const;
  /// The epochs whose checkpoints were kept, in ascending order.
  std::vector<Index> kept_epochs() const;

  /// The epochs that have a picture, in ascending order.
  std::vector<Index> picture_epochs() const;

  /// Whether a file is this folder's checkpoint.h5, by whatever name.
  bool is_checkpoint(const std::filesystem::path& file) const;
  /// Whether there are weights of an earlier training.
  bool holds_run() const;
  /// Whether a training has begun here, also one that died before it saved any weights.
  bool is_run() const;
  /// Whether this is one of the files that a run writes here, by identity.
  bool owns(const std::filesystem::path& file) const;

  /// Makes the folder and keeps other processes from training in it while the claim lives; copies
  /// of a RunFolder share theirs. Reading needs no claim. Removes the files that a killed run had
  /// not yet moved to their places. Throws InputError if another process trains here, or the folder
  /// is no run's but holds files that a run would replace; RunError if it cannot be made.
  std::shared_ptr<const RunLock> claim() const;
  /// Removes what an earlier run wrote here, and nothing else. Under a claim.
  void clear() const;
  /// Removes what a run wrote after an epoch, except checkpoint.h5: files of later epochs, and a
  /// best.h5 that is not the one that `progress` knows.
  void clear_after(const TrainingProgress& progress) const;
  /// Writes history.csv and metrics.jsonl anew: one row an epoch.
  void write_history(const History& history) const;

 private:
  std::filesystem::path lock_file() const { return path_ / "run.lock"; }
  std::vector<std::filesystem::path> files() const;

  std::filesystem::path path_;
  std::shared_ptr<std::weak_ptr<const RunLock>> lock_;
};

}  // namespace adjoint
