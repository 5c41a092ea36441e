#include "train/run_comparison.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/formats/image_file.hpp"
#include "inference/inspection/report_tables.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/history_charts.hpp"
#include "inference/report/page_picture.hpp"
#include "models/config/flat_config.hpp"
#include "train/run_samples.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr Index kComparedPixels = Index{1} << 18;

/// The columns of results that any of the runs has, in their order: losses and metrics.
std::vector<std::string> result_columns(const RunComparison& comparison) {
  static const std::set<std::string> kOthers{
      "epoch",       "learning_rate",       "seconds",
      "loader_wait", "communication_bytes", "communication_seconds"};
  std::vector<std::string> columns;
  for (const RunSummary& run : comparison.runs) {
    for (const std::string& column : run.history.columns) {
      if (!kOthers.contains(column) && std::ranges::find(columns, column) == columns.end())
        columns.push_back(column);
    }
  }
  // The results by which runs are judged come first.
  std::stable_partition(columns.begin(), columns.end(), [](const std::string& column) {
    return column.starts_with("validation_");
  });
  return columns;
}

/// "validation PSNR (dB)" of "validation_psnr".
std::string column_title(const std::string& column) {
  if (column == "input_psnr") return "validation input PSNR (dB)";
  const std::string set = column.starts_with("validation_") ? "validation " : "training ";
  return set + measure_name(column);
}

std::string number_text(const std::string& column, double value) {
  return column.ends_with("psnr") ? fmt::format("{:.2f}", value) : fmt::format("{:.5g}", value);
}

/// The keys of all configs, each once.
class ConfigKeys {
 public:
  explicit ConfigKeys(const std::vector<RunSummary>& runs) : values_(runs.size()) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (const FlatKey& key :
           flat_config(runs[r].config_text, runs[r].folder.string() + ": config"))
        add(r, key);
    }
  }

  std::vector<RunComparison::Difference> differences() const {
    std::vector<RunComparison::Difference> found;
    for (const FlatKey& key : keys_) {
      RunComparison::Difference one{.key = key.name};
      for (std::size_t r = 0; r < values_.size(); ++r) one.values.push_back(value(r, key.name));
      const bool whole = is_element(key);
      std::set<std::string> different;
      for (std::size_t r = 0; r < values_.size(); ++r) {
        // A layer that a model lacks differs as a whole, not in each of its keys.
        if (whole || key.element.empty() || values_[r].contains(key.element))
          different.insert(one.values[r]);
      }
      if (different.size() > 1 && !is_array(key)) found.push_back(std::move(one));
    }
    return found;
  }

 private:
  void add(std::size_t run, const FlatKey& key) {
    // Before an element's keys stands the element itself, with its type.
    if (!key.element.empty() && !values_[run].contains(key.element))
      note(run, {.name = key.element, .element = key.element});
    note(run, key);
    if (key.name == key.element + ".type" || key.name == key.element + ".kind")
      values_[run][key.element] = key.value;
  }
  void note(std::size_t run, const FlatKey& key) {
    values_[run][key.name] = key.value;
    if (known_.insert(key.name).second) keys_.push_back(key);
  }
  std::string value(std::size_t run, const std::string& key) const {
    const auto found = values_[run].find(key);
    return found == values_[run].end() ? "" : found->second;
  }
  static bool is_element(const FlatKey& key) { return key.name == key.element; }
  /// Whether another config has elements where this key says that there are none.
  bool is_array(const FlatKey& key) const {
    return std::ranges::any_of(keys_, [&](const FlatKey& other) {
      return is_element(other) && other.name.starts_with(key.name + ".") && key.element.empty();
    });
  }

  std::vector<FlatKey> keys_;
  std::set<std::string> known_;
  std::vector<std::map<std::string, std::string>> values_;  // of each run
};

/// One measure of all runs over the epochs.
LineChart overlay_chart(const RunComparison& comparison, const std::string& column,
                        const std::string& title) {
  LineChart chart{.title = title, .x = "epoch", .whole = true};
  chart.scales = column.ends_with("loss") || column == "learning_rate";
  std::size_t longest = 0;
  for (const RunSummary& run : comparison.runs)
    longest = std::max(longest, run.history.rows.size());
  for (std::size_t e = 1; e <= longest; ++e) chart.at.push_back(static_cast<double>(e));
  for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
    std::vector<double> values = history_column(comparison.runs[r].history, column);
    if (values.empty()) continue;
    values.resize(longest, std::numeric_limits<double>::quiet_NaN());
    chart.lines.push_back({comparison.names[r], std::move(values)});
  }
  return chart;
}

}  // namespace

RunComparison compare_runs(const std::vector<std::string>& paths) {
  RunComparison comparison;
  std::map<std::string, int> uses;
  for (const std::string& path : paths) {
    comparison.runs.push_back(summarize_run(path));
    ++uses[comparison.runs.back().name];
  }
  for (const RunSummary& run : comparison.runs)
    comparison.names.push_back(uses[run.name] > 1 ? run.folder.string() : run.name);
  comparison.differences = ConfigKeys(comparison.runs).differences();
  return comparison;
}

Table figures_table(const RunComparison& comparison) {
  // A column for each run: there are more figures than runs.
  Table table{.columns = {{"at the best epoch", Table::Align::left}}};
  for (const std::string& name : comparison.names) table.columns.push_back({name});
  const auto add = [&](const std::string& title, const auto& text_of) {
    Table::Row row{{title}};
    for (const RunSummary& run : comparison.runs) row.cells.push_back(text_of(run));
    table.rows.push_back(std::move(row));
  };
  add("best epoch", [](const RunSummary& run) { return fmt::to_string(run.progress.best_epoch); });
  for (const std::string& column : result_columns(comparison)) {
    add(column_title(column), [&](const RunSummary& run) {
      const auto value = run.best(column);
      return value ? number_text(column, *value) : "";
    });
  }
  add("epochs", [](const RunSummary& run) { return fmt::to_string(run.progress.epoch); });
  add("parameters", [](const RunSummary& run) { return with_commas(run.parameters); });
  add("time", [](const RunSummary& run) { return duration_text(run.progress.seconds); });
  add("seconds per epoch", [](const RunSummary& run) {
    const auto seconds = run.seconds_per_epoch();
    return seconds ? fmt::format("{:.3g}", *seconds) : "";
  });
  add("images/s", [](const RunSummary& run) {
    const auto images = run.images_per_second();
    return images ? fmt::format("{:.0f}", *images) : "";
  });
  return table;
}

Table differences_table(const RunComparison& comparison) {
  Table table{.columns = {{"key", Table::Align::left}}};
  for (const std::string& name : comparison.names)
    table.columns.push_back({name, Table::Align::left});
  for (const RunComparison::Difference& difference : comparison.differences) {
    Table::Row row{{difference.key}};
    for (const std::string& value : difference.values)
      row.cells.push_back(value.empty() ? "–" : value);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string comparison_text(const RunComparison& comparison) {
  const std::string text = table_text(figures_table(comparison));
  if (comparison.differences.empty()) return text + "\nThe configs are the same.\n";
  return text + "\nKeys of the configs that differ:\n\n" +
         table_text(differences_table(comparison));
}

Json comparison_json(const RunComparison& comparison) {
  const std::vector<std::string> columns = result_columns(comparison);
  Json runs = Json::array(), differences = Json::object();
  for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
    const RunSummary& run = comparison.runs[r];
    Json one{{"name", comparison.names[r]},
             {"folder", run.folder.string()},
             {"epochs", run.progress.epoch},
             {"best_epoch", run.progress.best_epoch}};
    for (const std::string& column : columns)
      if (const auto value = run.best(column)) one["best"][column] = *value;
    one["parameters"] = run.parameters;
    one["seconds"] = run.progress.seconds;
    if (const auto images = run.images_per_second()) one["images_per_second"] = *images;
    runs.push_back(std::move(one));
  }
  for (const RunComparison::Difference& difference : comparison.differences) {
    Json values = Json::array();
    for (const std::string& value : difference.values)
      values.push_back(value.empty() ? Json() : Json(value));
    differences[difference.key] = std::move(values);
  }
  return {{"runs", runs}, {"differences", differences}};
}

Page comparison_page(const RunComparison& comparison) {
  Page page("Comparison of runs", fmt::format("{}", fmt::join(comparison.names, ", ")));
  page.add_section("Figures", {blocks::remark("Losses and metrics are those of each run's best "
                                              "epoch. Images a second count training images, and "
                                              "the time of validation as well."),
                               blocks::table(figures_table(comparison), "Figures of the runs")});
  std::vector<LineChart> charts;
  for (const std::string& column : result_columns(comparison))
    if (column != "input_psnr")
      charts.push_back(overlay_chart(comparison, column, column_title(column)));
  charts.push_back(overlay_chart(comparison, "learning_rate", "learning rate"));
  std::erase_if(charts, [](const LineChart& chart) { return chart.lines.empty(); });
  page.add_section("Curves", {blocks::charts(charts)});
  page.add_section(
      "Differences of the configs",
      {comparison.differences.empty()
           ? blocks::text("The configs are the same.")
           : blocks::table(differences_table(comparison), "Keys whose values differ", "differs")});
  std::vector<blocks::Figure> figures;
  for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
    const auto file = best_picture(comparison.runs[r]);
    if (!file) continue;
    const Tensor pixels = read_image(*file).pixels;
    const std::string text = fmt::format("{}: {}", comparison.names[r],
                                         fmt::join(picture_columns(comparison.runs[r]), ", "));
    figures.push_back({.picture = page_picture(view(pixels), kComparedPixels),
                       .alt = "validation images of " + text,
                       .caption = text});
  }
  if (!figures.empty())
    page.add_section("Samples", {blocks::remark("Validation images at the best epoch."),
                                 blocks::pictures(figures)});
  return page;
}

}  // namespace adjoint
