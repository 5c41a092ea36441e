#pragma once

// How a run was trained: what repeats it, and what it was measured on. A run's folder keeps it as
// training.json, one entry for each time that the training was begun or resumed.

#include <string>
#include <vector>

#include "train/run_folder.hpp"
#include "train/trainer.hpp"

namespace adjoint {

struct TrainingSession {
  std::string command;       // as a shell takes it
  std::string version;       // of the program, with its commit
  std::string processor;     // "Intel(R) Xeon(R) ..."
  std::string instructions;  // see instruction_sets()
  int threads = 0;           // of each rank
  int ranks = 1;
  Index first_epoch = 0, last_epoch = 0;  // counted from 1; the last one that it completed
  Index training_images = 0, validation_images = 0;
  std::string training_data, validation_data;  // see data_checksum()
  double seconds = 0;                          // of training and validation
};

/// The processor's name as the system has it; "unknown" where it has none.
std::string processor_name();

/// What a trainer knows of the session that ends with it; `before` is the progress that it began
/// with. Reads a part of the data for their checksums.
TrainingSession session_of(const Trainer& trainer, const TrainingProgress& before,
                           ThreadPool& pool);

/// The sessions of a run, the first one first; none where it has no training.json that can be read,
/// as in runs of earlier versions.
std::vector<TrainingSession> read_sessions(const RunFolder& folder);
/// Adds one, in place of those that it goes back behind. Throws RunError if the file cannot be
/// written.
void add_session(const RunFolder& folder, const TrainingSession& session);

}  // namespace adjoint
