#pragma once

#include <filesystem>
#include <string>

#include "framework/checkpoint/checkpoint.hpp"

namespace adjoint {

/// Where a run keeps its files, and their names.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  /// The last state, from which training goes on.
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.h5"; }
  /// The state with the lowest validation loss.
  std::filesystem::path best() const { return path_ / "best.h5"; }
  std::filesystem::path history() const { return path_ / "history.csv"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  /// The picture of one epoch, counted from 1.
  std::filesystem::path picture(Index epoch) const;

  /// Makes the folder. Throws RunError if that cannot be done.
  void create() const;
  /// Writes history.csv and metrics.jsonl anew: one row an epoch.
  void write_history(const History& history) const;

 private:
  std::filesystem::path path_;
};

/// Writes a text file whole or not at all. Throws RunError if it cannot be written.
void write_text_file(const std::filesystem::path& path, const std::string& text);

}  // namespace adjoint
