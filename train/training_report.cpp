#include "train/training_report.hpp"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "datasets/folder.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

/// The picture of the last epoch, if there is one.
std::optional<std::string> picture_of(const Trainer& trainer, const RunFolder& folder) {
  const std::filesystem::path picture = folder.picture(trainer.progress().epoch);
  if (trainer.history().rows.empty() || !is_there(picture)) return std::nullopt;
  return picture.string();
}

}  // namespace

Json training_json(const Trainer& trainer, const RunFolder& folder, Trainer::Ending ending) {
  Json result;
  result["ending"] = ending == Trainer::Ending::finished        ? "finished"
                     : ending == Trainer::Ending::stopped_early ? "stopped early"
                                                                : "interrupted";
  result["epochs"] = trainer.progress().epoch;
  const History& history = trainer.history();
  if (!history.rows.empty()) {
    for (std::size_t c = 1; c < history.columns.size(); ++c) {
      result[history.columns[c]] = history.rows.back()[c];
    }
    result["best_epoch"] = trainer.progress().best_epoch;
    result["best"] = folder.best().string();
    if (const auto picture = picture_of(trainer, folder)) result["picture"] = *picture;
  }
  result["checkpoint"] = folder.checkpoint().string();
  for (const TrainingWarning& warning : trainer.warnings())
    result["warnings"].push_back(warning.text);
  return result;
}

std::string training_text(const Trainer& trainer, const RunFolder& folder, Trainer::Ending ending) {
  std::string text;
  if (ending == Trainer::Ending::stopped_early)
    text = fmt::format("stopped early: no better loss since epoch {}\n",
                       trainer.progress().best_epoch);
  text += fmt::format("checkpoint  {}\nbest        {}\n", folder.checkpoint().string(),
                      folder.best().string());
  if (const auto picture = picture_of(trainer, folder)) text += "picture     " + *picture + "\n";
  for (const TrainingWarning& warning : trainer.warnings())
    text += "warning     " + warning.text + "\n";
  return text;
}

std::vector<std::string> transfer_report(const WeightTransfer& transfer, const std::string& from) {
  std::vector<std::string> lines{fmt::format("from {}: {} weights taken: {}", from,
                                             transfer.taken.size(),
                                             fmt::join(transfer.taken, ", "))};
  if (!transfer.left.empty()) {
    lines.push_back(
        fmt::format("initialized anew, because the checkpoint does not have them in this shape: {}",
                    fmt::join(transfer.left, ", ")));
  }
  if (!transfer.ignored.empty())
    lines.push_back(fmt::format("not used: {}", fmt::join(transfer.ignored, ", ")));
  return lines;
}

}  // namespace adjoint
