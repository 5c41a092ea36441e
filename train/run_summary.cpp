#include "train/run_summary.hpp"

#include <fmt/format.h>

#include <cmath>

#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "inference/report/history_charts.hpp"
#include "models/build_model.hpp"

namespace adjoint {

namespace fs = std::filesystem;

std::optional<double> RunSummary::best(const std::string& column) const {
  const std::vector<double> values = history_column(history, column);
  const auto place = static_cast<std::size_t>(progress.best_epoch);
  if (place < 1 || place > values.size() || !std::isfinite(values[place - 1])) return std::nullopt;
  return values[place - 1];
}

std::optional<double> RunSummary::seconds_per_epoch() const {
  const std::vector<double> seconds = history_column(history, "seconds");
  if (seconds.empty() || !std::isfinite(seconds.back())) return std::nullopt;
  return seconds.back() / static_cast<double>(seconds.size());
}

std::optional<double> RunSummary::images_per_second() const {
  const std::optional<double> seconds = seconds_per_epoch();
  if (sessions.empty() || !seconds || *seconds <= 0) return std::nullopt;
  return static_cast<double>(sessions.back().training_images) / *seconds;
}

bool RunSummary::has_corrupted_input() const {
  return !config.corruptions.empty() || config.data.source.name() == "pairs";
}

RunSummary summarize_run(const fs::path& path) {
  const fs::path file = find_checkpoint(path, Saved::last);
  RunSummary run;
  run.folder = fs::is_directory(path) ? path : file.parent_path();
  if (run.folder.empty()) run.folder = ".";
  const fs::path whole = fs::absolute(run.folder).lexically_normal();
  run.name = (whole.has_filename() ? whole.filename() : whole.parent_path().filename()).string();
  // A run's own last state has the whole history, also where its best.h5 was named.
  const fs::path last = checkpoint_in(run.folder, Saved::last).value_or(file);
  const Checkpoint checkpoint = load_checkpoint(last.string());
  run.config = config_of(checkpoint, last.string());
  run.config_text = checkpoint.config;
  run.progress = checkpoint.progress;
  run.history = checkpoint.history;
  run.sessions = read_sessions(RunFolder(run.folder));
  run.parameters =
      build_model(run.config.model, static_cast<std::uint64_t>(run.config.seed)).parameter_count();
  return run;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::lround(seconds));
  const long hours = whole / 3600, minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace adjoint
