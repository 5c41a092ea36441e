#include "inference/report/history_charts.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

namespace adjoint {
namespace {

constexpr std::string_view kValidation = "validation_";
// These have charts of their own, or none: how the time was spent is no result.
constexpr std::string_view kOthers[] = {
    "epoch",       "learning_rate",       "seconds",
    "loader_wait", "communication_bytes", "communication_seconds"};

bool any_finite(const std::vector<double>& values) {
  return std::ranges::any_of(values, [](double value) { return std::isfinite(value); });
}

/// Whether the input is not the target itself: that has the highest PSNR there is.
bool input_differs(const History& history) {
  constexpr double kSame = 99.9;
  return std::ranges::any_of(history_column(history, "input_psnr"),
                             [](double psnr) { return psnr < kSame; });
}

/// The seconds of each epoch; the column has those since the beginning.
std::vector<double> epoch_seconds(std::vector<double> since_start) {
  for (std::size_t i = since_start.size(); i-- > 1;) since_start[i] -= since_start[i - 1];
  return since_start;
}

}  // namespace

std::vector<double> history_column(const History& history, const std::string& name) {
  const auto found = std::ranges::find(history.columns, name);
  if (found == history.columns.end()) return {};
  const auto place = static_cast<std::size_t>(found - history.columns.begin());
  std::vector<double> values;
  for (const std::vector<double>& row : history.rows) values.push_back(row[place]);
  return values;
}

std::string measure_name(std::string column) {
  if (column.starts_with(kValidation)) column.erase(0, kValidation.size());
  if (column == "loss") return "loss";
  if (column == "psnr") return "PSNR (dB)";
  if (column == "mse" || column == "mae" || column == "ssim")
    std::ranges::transform(column, column.begin(), [](unsigned char c) { return std::toupper(c); });
  return column;
}

std::vector<LineChart> history_charts(const History& history, Index best_epoch) {
  std::vector<LineChart> charts;
  const std::vector<double> epochs = history_column(history, "epoch");
  if (epochs.empty()) return charts;
  const auto chart = [&](const std::string& title) {
    LineChart one{.title = title, .x = "epoch", .at = epochs, .whole = true};
    if (best_epoch > 0) one.marked = {static_cast<double>(best_epoch), "best"};
    return one;
  };
  const auto add = [&](LineChart& one, const std::string& column, const std::string& name) {
    std::vector<double> values = history_column(history, column);
    if (any_finite(values)) one.lines.push_back({name, std::move(values)});
  };
  std::vector<std::string> done;
  for (const std::string& column : history.columns) {
    if (std::ranges::find(kOthers, column) != std::end(kOthers) || column == "input_psnr") continue;
    const std::string base =
        column.starts_with(kValidation) ? column.substr(kValidation.size()) : column;
    if (std::ranges::find(done, base) != done.end()) continue;
    done.push_back(base);
    LineChart one = chart(measure_name(base));
    one.scales = base == "loss";
    add(one, std::string(kValidation) + base, "validation");
    add(one, base, "training");
    if (base == "psnr" && input_differs(history)) add(one, "input_psnr", "validation input");
    if (base == "loss" && one.lines.size() == 2)
      one.note =
          "The training loss is the mean during an epoch, the validation loss is measured after "
          "it.";
    if (!one.lines.empty()) charts.push_back(std::move(one));
  }
  return charts;
}

std::vector<LineChart> pace_charts(const History& history) {
  std::vector<LineChart> charts;
  const std::vector<double> epochs = history_column(history, "epoch");
  const auto add = [&](const std::string& title, std::vector<double> values) {
    if (!any_finite(values)) return;
    charts.push_back({.title = title,
                      .x = "epoch",
                      .at = epochs,
                      .lines = {{title, std::move(values)}},
                      .whole = true,
                      .scales = true});
  };
  add("learning rate", history_column(history, "learning_rate"));
  add("seconds per epoch", epoch_seconds(history_column(history, "seconds")));
  return charts;
}

}  // namespace adjoint
