#include "inference/detection/detection_report.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "datasets/formats/csv.hpp"
#include "framework/settings/name_list.hpp"
#include "framework/settings/named_enum.hpp"
#include "inference/detection/finding_picture.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

/// "3 of 32 defect-free images (9.4 %; 95 % interval 3.2 to 24.2 %)"
std::string text_of(const ImageShare& share, const char* images) {
  const Interval interval = share.interval();
  return fmt::format("{} of {} {} ({:.1f} %; 95 % interval {:.1f} to {:.1f} %)", share.count,
                     share.of, images, 100 * share.rate(), 100 * interval.low, 100 * interval.high);
}

Json json_of(const ImageShare& share) {
  const Interval interval = share.interval();
  return {{"count", share.count},
          {"of", share.of},
          {"rate", share.rate()},
          {"interval_95", {interval.low, interval.high}}};
}

/// Adds how well the scores separate images, and residuals pixels, where that is known.
void add_rankings(const std::optional<Ranking>& images, const std::optional<Ranking>& pixels,
                  const std::optional<double>& region_overlap, Json& result) {
  if (images) {
    result["auroc"] = images->auroc;
    result["average_precision"] = images->average_precision;
  }
  if (pixels) {
    result["pixel_auroc"] = pixels->auroc;
    result["pixel_average_precision"] = pixels->average_precision;
    result["aupro"] = *region_overlap;
  }
}

}  // namespace

std::string scores_csv(const std::vector<Finding>& findings) {
  std::string csv =
      csv_line({"name", "score", "flagged", "defective", "unscorable", "kind", "file"});
  for (const Finding& finding : findings) {
    csv += csv_line({finding.name, finding.score ? fmt::to_string(*finding.score) : "",
                     finding.flagged ? "1" : "0",
                     finding.defective ? (*finding.defective ? "1" : "0") : "",
                     finding.score ? "0" : "1", finding.kind, finding.file.string()});
  }
  return csv;
}

std::optional<std::string> unscorable_warning(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) {
    if (!finding.score) names.push_back(finding.name);
  }
  if (names.empty()) return std::nullopt;
  return fmt::format("warning: {} of {} images have no finite score and are flagged: {}",
                     names.size(), findings.size(), name_list(names));
}

std::optional<std::string> size_warning(const Calibration& calibration,
                                        const std::vector<Finding>& findings) {
  constexpr double kAlike = 1.5;
  double pixels = 0, count = 0;
  for (const Finding& finding : findings) {
    pixels += static_cast<double>(finding.pixels);
    count += finding.pixels > 0 ? 1 : 0;
  }
  if (calibration.settings.score != ScoreKind::max || calibration.pixels == 0 || count == 0)
    return std::nullopt;
  const double ratio = pixels / count / calibration.pixels;
  if (ratio > 1 / kAlike && ratio < kAlike) return std::nullopt;
  return fmt::format(
      "warning: these images have {} times as many pixels as those of the calibration, and the "
      "largest of {} residuals is {}: {}; name defect-free images of their size with --calibrate",
      ratio < 10 ? fmt::format("{:.2g}", ratio) : fmt::format("{:.0f}", ratio),
      ratio > 1 ? "more" : "fewer", ratio > 1 ? "larger" : "smaller",
      ratio > 1 ? "more defect-free ones will be flagged than promised"
                : "fewer defective ones will be found");
}

Json detection_json(const Calibration& calibration, const DetectionSummary& summary,
                    const std::vector<Finding>& findings,
                    const std::vector<FilterFigures>& filters) {
  const DetectionSettings& settings = calibration.settings;
  Json result;
  result["calibration"] = {
      {"residual", name_of(settings.residual)},
      {"difference", name_of(settings.difference)},
      {"normalized", settings.normalized},
      {"hidden_cells", settings.hidden_cells},
      {"turns", settings.turns},
      {"margin", settings.margin},
      {"smoothing", settings.smoothing},
      {"local_scale", settings.local_scale},
      {"score", name_of(settings.score)},
      {"false_alarms", settings.false_alarms},
      {"tta", settings.tta},
      {"images", calibration.images},
      {"threshold", calibration.threshold},
      {"colour_scale", calibration.colour_scale},
      {"pixels", calibration.pixels},
      {"pixel_threshold", pixel_threshold(calibration)},
  };
  if (settings.score == ScoreKind::quantile) result["calibration"]["quantile"] = settings.quantile;
  result["images"] = summary.images;
  result["flagged"] = summary.flagged;
  result["unscorable"] = summary.unscorable;
  // Rates stand apart from counts and intervals for readers of earlier versions.
  if (summary.found || summary.false_alarms)
    result["defective"] = summary.found ? summary.found->of : 0;
  if (summary.found) {
    result["found"] = summary.found->rate();
    result["found_share"] = json_of(*summary.found);
  }
  if (summary.false_alarms) {
    result["false_alarm_rate"] = summary.false_alarms->rate();
    result["false_alarm_share"] = json_of(*summary.false_alarms);
  }
  add_rankings(summary.ranking, summary.pixel_ranking, summary.region_overlap, result);
  for (const DefectKind& kind : summary.kinds) {
    Json one{{"kind", kind.kind}, {"found", json_of(kind.found)}};
    if (kind.auroc) one["auroc"] = *kind.auroc;
    result["kinds"].push_back(std::move(one));
  }
  for (const FilterFigures& figures : filters) {
    Json one{{"filter", figures.filter.name()}};
    add_rankings(figures.ranking, figures.pixel_ranking, figures.region_overlap, one);
    result["baselines"].push_back(std::move(one));
  }
  for (const Finding& finding : findings) {
    Json one{{"name", finding.name}, {"score", nullptr}, {"flagged", finding.flagged}};
    if (finding.score) one["score"] = *finding.score;
    if (finding.defective) one["defective"] = *finding.defective;
    if (!finding.score) one["unscorable"] = true;
    if (!finding.kind.empty()) one["kind"] = finding.kind;
    if (!finding.file.empty()) one["file"] = finding.file.string();
    result["findings"].push_back(std::move(one));
  }
  return result;
}

std::string detection_text(const Calibration& calibration, const DetectionSummary& summary,
                           const std::vector<FilterFigures>& filters) {
  std::string text;
  const auto line = [&]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
  };
  line("{} images, {} flagged (score above {:.6g})", summary.images, summary.flagged,
       calibration.threshold);
  if (summary.unscorable > 0) line("unscorable   {}: no finite score, flagged", summary.unscorable);
  if (summary.found) line("found        {}", text_of(*summary.found, "defective images"));
  if (summary.false_alarms) {
    line("false alarms {}, calibrated for at most {:.1f} %",
         text_of(*summary.false_alarms, "defect-free images"),
         100 * calibration.settings.false_alarms);
  }
  if (summary.ranking) {
    line("AUROC        {:.4f}, average precision {:.4f}", summary.ranking->auroc,
         summary.ranking->average_precision);
  }
  if (summary.pixel_ranking) {
    line("pixels       AUROC {:.4f}, average precision {:.4f}, AUPRO {:.4f}",
         summary.pixel_ranking->auroc, summary.pixel_ranking->average_precision,
         *summary.region_overlap);
  }
  for (const DefectKind& kind : summary.kinds) {
    line("  {:<10} {} of {} found{}", kind.kind.empty() ? "(no kind)" : kind.kind, kind.found.count,
         kind.found.of, kind.auroc ? fmt::format(", AUROC {:.4f}", *kind.auroc) : "");
  }
  for (const FilterFigures& figures : filters) {
    std::string pixels;
    if (figures.pixel_ranking) {
      pixels = fmt::format("; pixels AUROC {:.4f}, AUPRO {:.4f}", figures.pixel_ranking->auroc,
                           *figures.region_overlap);
    }
    line("{:<12} AUROC {:.4f}, average precision {:.4f}{}", figures.filter.name(),
         figures.ranking.auroc, figures.ranking.average_precision, pixels);
  }
  return text;
}

}  // namespace adjoint
