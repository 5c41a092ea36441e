#include "inference/detection/detect_with_filters.hpp"

#include <algorithm>
#include <limits>

#include "framework/parallel/message.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Throws InputError unless there are images of both kinds, without which there is no AUROC.
void check_truth(const std::vector<Finding>& findings) {
  const auto count = [&](bool defective) {
    return std::ranges::count(findings, std::optional(defective), &Finding::defective);
  };
  if (count(true) > 0 && count(false) > 0) return;
  throw InputError(
      "filters are compared by their AUROC, which needs defective and defect-free images; by the "
      "ground truth {} of {} images are defective and {} are not; add images of the other kind, or "
      "name the labels of defect-free images with --normal",
      count(true), findings.size(), count(false));
}

/// Calls visit(number, image) for each image of this rank that can be read.
template <class Visit>
void for_each_image(ImageSource& source, Ranks& ranks, Visit visit) {
  const auto count = static_cast<Index>(source.names().size());
  for (Index number = ranks.rank(); number < count; number += ranks.size()) {
    const std::optional<ImageBatch> one = source.at(number);
    if (!one) continue;
    const ConstView image = view(one->pixels);
    visit(number, image.reshaped(image.shape.sample()));
  }
}

Tensor filtered(const ClassicalFilter& filter, ConstView image) {
  const double noise_variance =
      filter.kind == ClassicalFilter::Kind::wiener ? local_noise_variance(filter.window, image) : 0;
  Tensor result = make_tensor(image.shape);
  apply(filter, image, noise_variance, view(result));
  return result;
}

/// Collective: the AUROC of each filter, at all ranks.
std::vector<double> aurocs(ImageSource& source, const std::vector<ClassicalFilter>& filters,
                           const Detection& found, ThreadPool& pool,
                           const std::function<void(Index)>& progress, Ranks& ranks) {
  const std::size_t images = found.findings().size();
  // A row of scores for each filter. Each rank fills in its own images; infinity, which ranks
  // highest, is left where an image has no score.
  std::vector<double> scores(filters.size() * images, std::numeric_limits<double>::infinity());
  Index done = 0;
  for_each_image(source, ranks, [&](Index number, ConstView image) {
    pool.run(static_cast<Index>(filters.size()), [&](Index i, int) {
      const auto f = static_cast<std::size_t>(i);
      const Tensor output = filtered(filters[f], image);
      if (const std::optional<double> score = found.score(image, view(output)))
        scores[f * images + static_cast<std::size_t>(number)] = *score;
    });
    progress(++done);
  });
  const std::vector<double> of_all_ranks = gather_values(ranks, scores);
  for (std::size_t i = 0; i < of_all_ranks.size(); ++i) {
    double& score = scores[i % scores.size()];
    score = std::min(score, of_all_ranks[i]);
  }
  std::vector<double> list;
  for (std::size_t f = 0; f < filters.size(); ++f) {
    std::vector<double> known;
    std::vector<bool> defective;
    for (std::size_t i = 0; i < images; ++i) {
      if (!found.findings()[i].defective) continue;
      known.push_back(scores[f * images + i]);
      defective.push_back(*found.findings()[i].defective);
    }
    list.push_back(ranking(known, defective).auroc);
  }
  return list;
}

}  // namespace

std::vector<FilterFigures> detect_with_filters(ImageSource& source,
                                               const std::vector<ClassicalFilter>& filters,
                                               const Detection& found, ThreadPool& pool,
                                               const std::function<void(Index)>& progress,
                                               Ranks& ranks) {
  check_truth(found.findings());
  const std::vector<std::size_t> best =
      best_of_each_kind(filters, aurocs(source, filters, found, pool, progress, ranks));
  // Only the best rank their pixels, which takes more memory than images do.
  std::vector<Detection> detections(best.size(), found.begin_again());
  for_each_image(source, ranks, [&](Index number, ConstView image) {
    const std::string& name = source.names()[static_cast<std::size_t>(number)];
    pool.run(static_cast<Index>(best.size()), [&](Index i, int) {
      const auto at = static_cast<std::size_t>(i);
      const Tensor output = filtered(filters[best[at]], image);
      detections[at].add(detections[at].examine(number, name, image, view(output)));
    });
  });
  for (Detection& detection : detections) detection.finish(source.names(), ranks);
  std::vector<FilterFigures> figures;
  for (std::size_t i = 0; ranks.first() && i < best.size(); ++i) {
    const DetectionSummary summary = detections[i].summary();
    figures.push_back(
        {filters[best[i]], *summary.ranking, summary.pixel_ranking, summary.region_overlap});
  }
  return figures;
}

}  // namespace adjoint
