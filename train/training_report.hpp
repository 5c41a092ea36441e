#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "train/run_folder.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// A training that has ended: its ending, last epoch, figures, files and warnings.
nlohmann::ordered_json training_json(const Trainer& trainer, const RunFolder& folder,
                                     Trainer::Ending ending);
/// The same in a few lines.
std::string training_text(const Trainer& trainer, const RunFolder& folder, Trainer::Ending ending);

/// The weights with which a fine-tuning from the checkpoint `from` begins, a sentence each.
std::vector<std::string> transfer_report(const WeightTransfer& transfer, const std::string& from);

}  // namespace adjoint
