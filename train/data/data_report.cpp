#include "train/data/data_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "datasets/label_list.hpp"
#include "train/data/noise_report.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::optional<std::uintmax_t> bytes_on_disk(const std::string& path) {
  std::error_code error;
  if (path.empty()) return std::nullopt;
  if (!fs::is_directory(path, error)) {
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? std::nullopt : std::optional(size);
  }
  std::uintmax_t sum = 0;
  // A folder that cannot be read is left out.
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(path, kOptions, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    const std::uintmax_t size = entry->is_regular_file(unknown) ? entry->file_size(unknown) : 0;
    if (!unknown) sum += size;
  }
  return sum;
}

std::vector<DataReport::Count> count_labels(const Dataset& dataset) {
  std::map<Index, Index> counts;
  for (Index i = 0; i < dataset.size(); i += dataset.group()) ++counts[dataset.label(i)];
  if (counts.size() == 1 && counts.contains(kNoLabel)) return {};
  std::vector<DataReport::Count> labels;
  for (const auto& [label, count] : counts) {
    const std::string name =
        label == kNoLabel ? "unknown" : label_text(label, dataset.label_names());
    labels.push_back({name, count});
  }
  return labels;
}

std::string size_text(std::uintmax_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit < 4; ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace

DataReport report_data(const Dataset& dataset, Index most, const std::string& path) {
  DataReport report{.images = dataset.size() / dataset.group(),
                    .samples = dataset.size(),
                    .shape = dataset.shape(),
                    .paired = dataset.paired(),
                    .labels = count_labels(dataset),
                    .measured = std::min(most, dataset.size()),
                    .low = std::numeric_limits<double>::infinity(),
                    .high = -std::numeric_limits<double>::infinity(),
                    .stored_bytes = bytes_on_disk(path)};
  report.float_bytes =
      static_cast<std::uintmax_t>(report.samples * report.shape.size()) * sizeof(float);
  Tensor sample = make_tensor(report.shape);
  // Around the first number, so that the squares lose nothing.
  double origin = 0, sum = 0, squares = 0;
  for (Index i = 0; i < report.measured; ++i) {
    dataset.read(i * dataset.size() / report.measured, 0, view(sample));
    if (i == 0) origin = static_cast<double>(sample.data()[0]);
    for (const Real x : sample) {
      const double value = static_cast<double>(x);
      report.low = std::min(report.low, value);
      report.high = std::max(report.high, value);
      sum += value - origin;
      squares += (value - origin) * (value - origin);
    }
  }
  const double count = static_cast<double>(report.measured * report.shape.size());
  report.mean = origin + sum / count;
  report.deviation = std::sqrt(std::max(0.0, squares / count - (sum / count) * (sum / count)));
  return report;
}

nlohmann::ordered_json report_json(const DataReport& report) {
  nlohmann::ordered_json json{{"source", report.source},
                              {"images", report.images},
                              {"samples", report.samples},
                              {"shape", std::vector(report.shape.begin(), report.shape.end())},
                              {"paired", report.paired},
                              {"labels", nlohmann::ordered_json::object()},
                              {"measured", report.measured},
                              {"low", report.low},
                              {"high", report.high},
                              {"mean", report.mean},
                              {"deviation", report.deviation},
                              {"stored_bytes", nullptr},
                              {"float_bytes", report.float_bytes},
                              {"train", report.train},
                              {"validation", report.validation},
                              {"noise", noise_json(report.noise)}};
  for (const DataReport::Count& count : report.labels) json["labels"][count.label] = count.images;
  if (report.sizes) {
    const auto& [least, largest] = *report.sizes;
    json["sizes"] = {{"least", {least.h, least.w}}, {"largest", {largest.h, largest.w}}};
  }
  if (report.stored_bytes) json["stored_bytes"] = *report.stored_bytes;
  return json;
}

std::string report_text(const DataReport& report) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<12}{}\n", name, value);
  };
  line("source", report.source);
  line("images", report.samples == report.images
                     ? fmt::format("{}", report.images)
                     : fmt::format("{}, in {} patches", report.images, report.samples));
  if (report.sizes) {
    const auto& [least, largest] = *report.sizes;
    line("sizes", fmt::format("{}x{} to {}x{} (least and largest height x width)", least.h, least.w,
                              largest.h, largest.w));
    line("", "to train on them, take data.patches (parts of one size), data.resize or data.crop");
  }
  line("shape", to_string(report.shape) + (report.sizes ? " (of the patches measured below)"
                                                        : " (height x width x channels)"));
  if (report.paired) line("input", "of its own (pairs)");
  line("range", fmt::format("{:.4g} to {:.4g}", report.low, report.high));
  line("mean", fmt::format("{:.4f}", report.mean));
  line("std dev", fmt::format("{:.4f}", report.deviation));
  if (report.measured < report.samples)
    line("", fmt::format("(of {} samples, evenly spaced)", report.measured));
  if (report.stored_bytes) line("on disk", size_text(*report.stored_bytes));
  line("as floats", size_text(report.float_bytes));
  const std::string of = report.paired      ? "the inputs"
                         : report.corrupted ? "the images before [[corruption]]"
                                            : "";
  line("noise", !report.noise_measured ? "none of their own: the program makes these images"
                                       : noise_text(report.noise, of, 12));
  line("training", fmt::format("{} samples", report.train));
  line("validation", fmt::format("{} samples", report.validation));
  if (report.labels.empty()) {
    line("labels", "none");
    return text;
  }
  Index largest = 1;
  for (const DataReport::Count& count : report.labels) largest = std::max(largest, count.images);
  for (const DataReport::Count& count : report.labels) {
    const auto cells = static_cast<std::size_t>(40 * count.images / largest);
    std::string bar;
    for (std::size_t i = 0; i < cells; ++i) bar += "━";
    line(&count == report.labels.data() ? "labels" : "",
         fmt::format("{:<14} {:>8}  {}", count.label, count.images, bar));
  }
  return text;
}

}  // namespace adjoint
