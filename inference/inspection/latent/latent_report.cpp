#include "inference/inspection/latent/latent_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kPlotted = 2;      // directions
constexpr std::size_t kShownParts = 10;  // of the variance
constexpr Index kRows = 8, kNearest = 7;

Neighbours neighbours_of(Index image, ConstView codes) {
  const Index count = codes.shape[0], size = codes.shape[1];
  std::vector<double> distances(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    double squares = 0;
    for (Index k = 0; k < size; ++k) {
      const double difference = codes[i * size + k] - codes[image * size + k];
      squares += difference * difference;
    }
    distances[static_cast<std::size_t>(i)] = std::sqrt(squares);
  }
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  std::erase(order, image);
  const auto kept = std::min<std::size_t>(order.size(), kNearest);
  const auto nearer = [&](Index a, Index b) {
    return std::pair(distances[static_cast<std::size_t>(a)], a) <
           std::pair(distances[static_cast<std::size_t>(b)], b);
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    nearer);
  order.resize(kept);
  Neighbours result{.image = image, .nearest = std::move(order)};
  for (const Index i : result.nearest)
    result.distances.push_back(distances[static_cast<std::size_t>(i)]);
  return result;
}

const std::string& name_of(const LatentImages& images, Index i) {
  return images.names[static_cast<std::size_t>(i)];
}

std::string dead_text(const LatentReport& report) {
  if (report.dead.empty()) return "none";
  std::vector<std::string> parts;
  for (const DeadUnit& unit : report.dead)
    parts.push_back(fmt::format("{} (always {:.3g})", unit.unit, unit.value));
  return fmt::format("{} of {}: {}", report.dead.size(), report.units, fmt::join(parts, ", "));
}

}  // namespace

std::vector<DeadUnit> dead_units(ConstView codes) {
  const Index units = codes.shape.back();
  std::vector<DeadUnit> dead;
  for (Index unit = 0; unit < units; ++unit) {
    double sum = 0, squares = 0;
    // Around its first value, so that little is lost where all are alike.
    const double first = codes[unit];
    for (Index i = unit; i < codes.size(); i += units) {
      sum += codes[i] - first;
      squares += (codes[i] - first) * (codes[i] - first);
    }
    const double count = static_cast<double>(codes.size() / units), mean = sum / count;
    if (squares / count - mean * mean < kDeadVariance)
      dead.push_back({.unit = unit, .value = first + mean});
  }
  return dead;
}

LatentReport report_latent(const LatentImages& images) {
  const ConstView codes = view(images.codes);
  const Index count = codes.shape[0];
  if (count < 2) throw InputError("--latent compares codes; name two images or more");
  const ConstView flat = codes.reshaped({count, codes.size() / count});
  LatentReport report{.images = count,
                      .code = codes.shape.sample(),
                      .units = codes.shape.back(),
                      .components = principal_components(flat, kPlotted),
                      .dead = dead_units(codes)};
  const Index rows = std::min(count, kRows);
  for (Index i = 0; i < rows; ++i)
    report.neighbours.push_back(neighbours_of(i * count / rows, flat));
  return report;
}

std::string latent_text(const LatentReport& report, const LatentImages& images) {
  const std::vector<double>& explained = report.components.explained;
  std::string text =
      fmt::format("images      {}\ncode        {}\n", report.images, to_string(report.code));
  text += "variance   ";
  for (std::size_t i = 0; i < std::min(explained.size(), kShownParts); ++i)
    text += fmt::format(" {:.1f}%", 100 * explained[i]);
  text += fmt::format(" along the first directions; {} of {} hold 90%\n",
                      report.components.directions_for(0.9), explained.size());
  text += fmt::format("dead units  {}\n\nnearest\n", dead_text(report));
  for (const Neighbours& row : report.neighbours) {
    text += fmt::format("  {}:", name_of(images, row.image));
    for (std::size_t i = 0; i < row.nearest.size(); ++i)
      text += fmt::format(" {} ({:.3g})", name_of(images, row.nearest[i]), row.distances[i]);
    text += '\n';
  }
  return text;
}

nlohmann::ordered_json latent_json(const LatentReport& report, const LatentImages& images) {
  nlohmann::ordered_json json{{"images", report.images},
                              {"code", std::vector<Index>(report.code.begin(), report.code.end())},
                              {"explained_variance", report.components.explained},
                              {"directions_for_90_percent", report.components.directions_for(0.9)},
                              {"units", report.units},
                              {"dead_units", nlohmann::ordered_json::array()},
                              {"points", nlohmann::ordered_json::array()},
                              {"neighbours", nlohmann::ordered_json::array()}};
  for (const DeadUnit& unit : report.dead)
    json["dead_units"].push_back({{"unit", unit.unit}, {"value", unit.value}});
  const std::size_t count = report.components.count;
  for (std::size_t i = 0; i < images.names.size(); ++i) {
    const auto first =
        report.components.coordinates.begin() + static_cast<std::ptrdiff_t>(i * count);
    nlohmann::ordered_json point{
        {"name", images.names[i]},
        {"place", std::vector<double>(first, first + static_cast<std::ptrdiff_t>(count))}};
    if (!images.labels.empty()) point["label"] = images.labels[i];
    json["points"].push_back(std::move(point));
  }
  for (const Neighbours& row : report.neighbours) {
    nlohmann::ordered_json nearest = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < row.nearest.size(); ++i)
      nearest.push_back(
          {{"name", name_of(images, row.nearest[i])}, {"distance", row.distances[i]}});
    json["neighbours"].push_back({{"name", name_of(images, row.image)}, {"nearest", nearest}});
  }
  return json;
}

}  // namespace adjoint
