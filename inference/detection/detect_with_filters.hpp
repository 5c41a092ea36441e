#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "framework/parallel/thread_pool.hpp"
#include "inference/baselines/classical_filter.hpp"
#include "inference/detection/detection.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// How well a filter in the place of a model finds defects; as in a DetectionSummary.
struct FilterFigures {
  ClassicalFilter filter;
  Ranking ranking;
  std::optional<Ranking> pixel_ranking;
  std::optional<double> region_overlap;
};

/// Detects defects without a model: compares each image with what a filter makes of it, and scores
/// that as `found`, which detect_images() finished with the same source, scored the model's
/// reconstruction. Settings of how the model reconstructs (hidden_cells, turns, tta) do not concern
/// filters. The Wiener filter takes local_noise_variance() for the noise of an image. Returns the
/// figures of one filter of each kind, the best by the AUROC of these very images: more than one
/// could know of images without ground truth. `progress` is called with the number of images that
/// this rank has filtered. Collective: rank 0 has the figures, which are those of one process, and
/// the others have none. Throws InputError unless some images are known to be defective and others
/// to be not.
std::vector<FilterFigures> detect_with_filters(ImageSource& source,
                                               const std::vector<ClassicalFilter>& filters,
                                               const Detection& found, ThreadPool& pool,
                                               const std::function<void(Index count)>& progress,
                                               Ranks& ranks = alone());

}  // namespace adjoint
