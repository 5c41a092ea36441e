#include "datasets/learn_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/split.hpp"

namespace adjoint {
namespace {

DatasetPtr evenly_spaced(const DatasetPtr& whole, Index most) {
  const Index groups = whole->size() / whole->group();
  const Index count = std::max<Index>(most / whole->group(), 1);
  if (groups <= count) return whole;
  std::vector<Index> some;
  for (Index i = 0; i < count; ++i) some.push_back(i * groups / count);
  return std::make_shared<Subset>(whole, std::move(some));
}

/// Calls visit(image) for each image of a loader.
template <class Visit>
void for_each_image(Loader& loader, const Visit& visit) {
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    for (Index i = 0; i < batch->count(); ++i)
      visit(batch->target.slice(i, 1).reshaped(loader.target_shape()));
  }
}

Normalization standardizing(const NormalizationSpec& spec, Loader& loader) {
  const auto channels = static_cast<std::size_t>(loader.target_shape().back());
  std::vector<double> sum(channels), squares(channels);
  double count = 0;
  for_each_image(loader, [&](ConstView image) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(image.size()); ++i) {
      const double x = image.data[i];
      sum[i % channels] += x;
      squares[i % channels] += x * x;
    }
    count += static_cast<double>(image.size()) / static_cast<double>(channels);
  });
  std::vector<double> offset, range;
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = sum[c] / count;
    const double variance = squares[c] / count - mean * mean;
    offset.push_back(mean);
    range.push_back(variance > 1e-12 ? std::sqrt(variance) : 1);
  }
  return {spec, std::move(offset), std::move(range), {}};
}

Normalization filling(const NormalizationSpec& spec, Loader& loader) {
  const auto channels = static_cast<std::size_t>(loader.target_shape().back());
  const Normalization raw(spec, std::vector<double>(channels, 0), std::vector<double>(channels, 1),
                          {});
  double least = INFINITY, greatest = -INFINITY, means = 0, scales = 0, count = 0;
  for_each_image(loader, [&](ConstView image) {
    const Contrast contrast = raw.contrast(image);
    const auto [low, high] = std::ranges::minmax(image.flat());
    least = std::min(least, (low - contrast.mean) / contrast.scale);
    greatest = std::max(greatest, (high - contrast.mean) / contrast.scale);
    means += contrast.mean;
    scales += contrast.scale;
    ++count;
  });
  const double range = greatest > least ? greatest - least : 1;
  return {spec,
          std::vector<double>(channels, least),
          std::vector<double>(channels, range),
          {.mean = means / count, .scale = scales / count}};
}

}  // namespace

Normalization learn_normalization(const NormalizationSpec& spec, const DatasetPtr& training,
                                  LoaderOptions options) {
  if (spec.kind == NormalizationKind::none) return {};
  options.shuffle = false;
  options.normalization = nullptr;
  Loader loader(evenly_spaced(training, kNormalizationImages), {}, options);
  return spec.kind == NormalizationKind::standardize ? standardizing(spec, loader)
                                                     : filling(spec, loader);
}

}  // namespace adjoint
