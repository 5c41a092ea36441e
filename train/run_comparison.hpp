#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "inference/inspection/table.hpp"
#include "inference/report/page.hpp"
#include "train/run_summary.hpp"

namespace adjoint {

/// Several runs beside each other.
struct RunComparison {
  std::vector<RunSummary> runs;
  std::vector<std::string>
      names;  // of the runs: those of their folders, paths where these are alike
  /// A key of the configs whose values differ; empty where a config has no such key. Where a config
  /// lacks a layer or a corruption altogether, that one, with its type.
  struct Difference {
    std::string key;
    std::vector<std::string> values;  // as TOML, one for each run
  };
  std::vector<Difference> differences;
};

/// Reads the runs. Throws InputError where a path names no run.
RunComparison compare_runs(const std::vector<std::string>& paths);

/// A column for each run: losses and metrics at its best epoch, epochs, parameters and time.
Table figures_table(const RunComparison& comparison);
/// One row for each key that differs; no rows where the configs are the same.
Table differences_table(const RunComparison& comparison);
std::string comparison_text(const RunComparison& comparison);
nlohmann::ordered_json comparison_json(const RunComparison& comparison);
/// Figures, curves over one another, differences of the configs, and the pictures of the best
/// epochs.
Page comparison_page(const RunComparison& comparison);

}  // namespace adjoint
