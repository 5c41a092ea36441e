#include "inference/detection/detection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/parallel/message.hpp"
#include "inference/detection/finding_picture.hpp"
#include "inference/detection/residual.hpp"

namespace adjoint {

Detection::Detection(Calibration calibration, GroundTruth truth, Normalization normalization)
    : calibration_(std::move(calibration)),
      truth_(std::move(truth)),
      normalization_(std::move(normalization)) {
  if (truth_.masks) pixels_.emplace();
}

Tensor Detection::residual_of(ConstView image, ConstView output) const {
  return residual_map(calibration_.settings, image, output, normalization_);
}

std::optional<double> Detection::score_of(const Tensor& residual) const {
  const double score = image_score(calibration_.settings, view(residual));
  return std::isfinite(score) ? std::optional(score) : std::nullopt;
}

std::optional<double> Detection::score(ConstView image, ConstView output) const {
  return score_of(residual_of(image, output));
}

Detection::Examined Detection::examine(Index number, const std::string& name, ConstView image,
                                       ConstView output) const {
  Examined examined{.number = number, .residual = residual_of(image, output)};
  Finding& finding = examined.finding;
  finding = {.name = name,
             .score = score_of(examined.residual),
             .pixels = image.shape[0] * image.shape[1]};
  finding.flagged = !finding.score || *finding.score > calibration_.threshold;
  if (truth_.labels) finding.defective = truth_.labels->is_defective(number);
  if (truth_.masks) {
    if (finding.defective.value_or(true))
      examined.mask = truth_.masks->mask(name, image.shape[0], image.shape[1]);
    if (!truth_.labels) finding.defective = examined.mask.has_value();
  }
  return examined;
}

Tensor Detection::picture(const Examined& examined, ConstView image, ConstView output) const {
  Finding finding = examined.finding;
  if (truth_.labels && truth_.labels->tell_kinds() && finding.defective.value_or(false))
    finding.kind = truth_.labels->label(examined.number);
  return finding_picture(finding, calibration_, image, output, view(examined.residual),
                         examined.mask ? view(*examined.mask) : ConstView{});
}

void Detection::add(const Examined& examined) {
  if (pixels_)
    pixels_->add(view(examined.residual), examined.mask ? view(*examined.mask) : ConstView{});
  findings_.push_back(examined.finding);
  numbers_.push_back(examined.number);
}

Finding Detection::unscorable(Index number, const std::string& name) const {
  Finding finding{.name = name, .flagged = true};
  if (truth_.labels) finding.defective = truth_.labels->is_defective(number);
  return finding;
}

void Detection::finish(const std::vector<std::string>& names, Ranks& ranks,
                       const std::vector<std::filesystem::path>& files) {
  /// A finding without its name.
  struct Found {
    Index number;
    std::optional<double> score;
    bool flagged;
    std::optional<bool> defective;
    Index pixels;
  };
  std::vector<Found> found;
  for (std::size_t i = 0; i < findings_.size(); ++i)
    found.push_back({numbers_[i], findings_[i].score, findings_[i].flagged, findings_[i].defective,
                     findings_[i].pixels});
  found = gather_values(ranks, found);
  findings_.clear();
  numbers_.clear();
  for (const std::string& name : names)
    findings_.push_back(unscorable(static_cast<Index>(findings_.size()), name));
  for (const Found& one : found) {
    Finding& finding = findings_[static_cast<std::size_t>(one.number)];
    finding = {.name = finding.name,
               .score = one.score,
               .flagged = one.flagged,
               .defective = one.defective,
               .pixels = one.pixels};
  }
  for (std::size_t i = 0; i < files.size(); ++i) findings_[i].file = files[i];
  name_kinds(truth_.labels ? &*truth_.labels : nullptr, findings_);
  if (pixels_) pixels_->bring_together(ranks);
}

DetectionSummary Detection::summary() const {
  DetectionSummary summary{.images = static_cast<Index>(findings_.size())};
  std::vector<double> scores;
  std::vector<bool> defective;
  ImageShare found, false_alarms;
  for (const Finding& finding : findings_) {
    summary.flagged += finding.flagged ? 1 : 0;
    summary.unscorable += finding.score ? 0 : 1;
    if (!finding.defective) continue;
    scores.push_back(finding.score.value_or(std::numeric_limits<double>::infinity()));
    defective.push_back(*finding.defective);
    ImageShare& share = *finding.defective ? found : false_alarms;
    share.count += finding.flagged ? 1 : 0;
    ++share.of;
  }
  if (found.of > 0) summary.found = found;
  if (false_alarms.of > 0) summary.false_alarms = false_alarms;
  if (found.of > 0 && false_alarms.of > 0) summary.ranking = ranking(scores, defective);
  if (pixels_ && found.of > 0) {
    summary.pixel_ranking = pixels_->result();
    summary.region_overlap = pixels_->region_overlap();
  }
  summary.kinds = defect_kinds(findings_);
  return summary;
}

}  // namespace adjoint
