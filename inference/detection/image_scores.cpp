#include "inference/detection/image_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "inference/detection/hidden_cells.hpp"
#include "inference/detection/residual.hpp"

namespace adjoint {
namespace {

constexpr Index kBatch = 256;

}  // namespace

std::vector<double> image_scores(ImageModel& model, const DetectionSettings& settings,
                                 const Dataset& images) {
  model.average_symmetries(settings.tta);
  const Shape sample = images.shape();
  std::vector<double> scores;
  for (Index first = 0; first < images.size(); first += kBatch) {
    const Index count = std::min(kBatch, images.size() - first);
    Tensor batch = make_tensor(sample.batched(count));
    const auto image = [&](auto all, Index i) { return all.slice(i, 1).reshaped(sample); };
    for (Index i = 0; i < count; ++i) images.read(first + i, kFixedEpoch, image(view(batch), i));
    const ConstView inputs = view(std::as_const(batch));
    const Tensor outputs = reconstruct_hidden(model, settings, inputs);
    for (Index i = 0; i < count; ++i) {
      const Tensor residual =
          residual_map(settings, image(inputs, i), image(view(outputs), i), model.normalization());
      const double score = image_score(settings, view(residual));
      scores.push_back(std::isfinite(score) ? score : std::numeric_limits<double>::infinity());
    }
  }
  return scores;
}

}  // namespace adjoint
