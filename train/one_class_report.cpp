#include "train/one_class_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace adjoint {
namespace {

double mean_of_means(const std::vector<OneClassResult>& results) {
  std::vector<double> means;
  for (const OneClassResult& result : results)
    means.push_back(mean_and_deviation(result.auroc).mean);
  return mean_and_deviation(means).mean;
}

}  // namespace

std::string class_text(const OneClassResult& result) {
  return result.name.empty() ? fmt::to_string(result.label)
                             : fmt::format("{} ({})", result.label, result.name);
}

nlohmann::ordered_json one_class_json(const std::vector<OneClassResult>& results, Index seed) {
  nlohmann::ordered_json document{{"seed", seed},
                                  {"seeds", results.front().auroc.size()},
                                  {"mean_auroc", mean_of_means(results)}};
  for (const OneClassResult& result : results) {
    const MeanAndDeviation found = mean_and_deviation(result.auroc);
    nlohmann::ordered_json one{{"label", result.label}};
    if (!result.name.empty()) one["name"] = result.name;
    one["auroc"] = result.auroc;
    one["mean"] = found.mean;
    one["standard_deviation"] = nullptr;
    if (found.deviation) one["standard_deviation"] = *found.deviation;
    document["classes"].push_back(std::move(one));
  }
  return document;
}

std::string one_class_text(const std::vector<OneClassResult>& results, Index seed) {
  std::size_t width = std::string_view("class").size();
  for (const OneClassResult& result : results) width = std::max(width, class_text(result).size());
  const auto seeds = static_cast<Index>(results.front().auroc.size());
  std::string text =
      fmt::format("{:{}}  AUROC   standard deviation over {}\n", "class", width,
                  seeds == 1 ? fmt::format("seed {} alone", seed)
                             : fmt::format("seeds {} to {}", seed, seed + seeds - 1));
  for (const OneClassResult& result : results) {
    const MeanAndDeviation found = mean_and_deviation(result.auroc);
    text += fmt::format("{:{}}  {:.4f}  {}\n", class_text(result), width, found.mean,
                        found.deviation ? fmt::format("{:.4f}", *found.deviation) : "-");
  }
  return text + fmt::format("{:{}}  {:.4f}\n", "mean", width, mean_of_means(results));
}

}  // namespace adjoint
