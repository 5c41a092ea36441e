#include "train/epoch_samples.hpp"

#include <algorithm>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "inference/inspection/latent/latent_report.hpp"

namespace adjoint {
namespace {

constexpr Index kLeastCodes = 8, kMostCodes = 32;
constexpr Index kMostNumbers = Index{1} << 22;  // of their images

/// Calls use(batch, shape of an input) with the first images.
template <class Use>
auto with_batch(const EpochSamples& samples, Index count, const Use& use) {
  LoaderOptions options = samples.loader;
  options.batch_size = count;
  Loader loader(samples.data, samples.corruptions, options);
  loader.start(0);
  return use(*loader.next(), loader.input_shape());
}

Tensor run(const EpochSamples& samples, const Batch& batch, const Shape& input, Index to) {
  Predictor predictor(
      samples.model,
      {.input = input, .batch = batch.input.shape[0], .to = to, .convolution = samples.convolution},
      samples.pool);
  return predictor(batch.input);
}

}  // namespace

std::optional<Tensor> sample_picture(const EpochSamples& samples, Index count) {
  count = std::min(count, samples.data->size());
  if (count == 0 || samples.data->shape().rank() != 3) return std::nullopt;
  return with_batch(samples, count, [&](const Batch& batch, const Shape& input) {
    const ConstView clean = batch.target_image;
    const Index channels = clean.shape.back();
    if (channels != 1 && channels != 3) return std::optional<Tensor>();
    Tensor output = run(samples, batch, input, -1);
    batch.undo_normalization(0, view(output));
    std::vector<ConstView> columns{view(std::as_const(output)), clean};
    Tensor seen;
    if (batch.input_image.data != clean.data) {
      seen = resized_batch(batch.input_image, clean.shape[1], clean.shape[2], Filter::box);
      columns.insert(columns.begin(), view(std::as_const(seen)));
    }
    return std::optional(data_grid(columns));
  });
}

std::optional<CodeUse> code_use(const EpochSamples& samples) {
  const Index latent = samples.model.latent();
  const Index most =
      std::max(kLeastCodes, kMostNumbers / std::max<Index>(samples.data->shape().size(), 1));
  const Index count = std::min({samples.data->size(), kMostCodes, most});
  if (latent < 0 || count < kLeastCodes) return std::nullopt;
  return with_batch(samples, count, [&](const Batch& batch, const Shape& input) {
    const Tensor codes = run(samples, batch, input, latent);
    return std::optional(
        CodeUse{.layer = samples.model.nodes()[static_cast<std::size_t>(latent)].name,
                .images = count,
                .units = shape_of(codes).back(),
                .dead = static_cast<Index>(dead_units(view(codes)).size())});
  });
}

}  // namespace adjoint
