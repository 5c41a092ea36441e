#include "inference/images/reconstruct_images.hpp"

#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/parallel/message.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/spread.hpp"

namespace adjoint {
namespace {

Tensor with_noise(const ImageBatch& batch, double sigma, std::uint64_t seed) {
  const ConstView images = view(batch.pixels);
  Tensor noisy = copy_of(images);
  const std::vector<CorruptionSpec> noise{{GaussianNoise{{sigma, sigma}}}};
  for (Index i = 0; i < images.shape[0]; ++i) {
    const Index number = batch.origins[static_cast<std::size_t>(i)].number;
    const Tensor image = corrupted(noise, seed, kFixedEpoch, number,
                                   images.slice(i, 1).reshaped(images.shape.sample()));
    std::ranges::copy(image, view(noisy).slice(i, 1).data);
  }
  return noisy;
}

/// The references of a batch whose outputs have this shape, one for each image.
Tensor references_of(const ImageBatch& batch, const Shape& outputs, ImageSource& references) {
  Tensor all = make_tensor(outputs);
  for (Index i = 0; i < batch.count(); ++i) {
    const std::optional<ImageBatch> one =
        references.at(batch.origins[static_cast<std::size_t>(i)].number);
    const Shape shape = one ? shape_of(one->pixels).sample() : Shape{};
    if (!(shape == outputs.sample())) {
      throw InputError(
          "--reference: expected an image of {} for \"{}\", as the output has it, got {}",
          to_string(outputs.sample()), batch.names[static_cast<std::size_t>(i)],
          one ? fmt::format("\"{}\" of {}", one->names[0], to_string(shape)) : "no more");
    }
    std::ranges::copy(view(std::as_const(one->pixels)).flat(), view(all).slice(i, 1).data);
  }
  return all;
}

/// PSNR of one image.
struct ImagePsnr {
  Index number;
  double input, output;
};

}  // namespace

ReconstructionSummary reconstruct_images(ImageModel& model, ImageSource& source,
                                         const ReconstructionTruth& truth, ResultWriter& writer,
                                         ComparisonPicture* comparison,
                                         const std::function<void(Index images)>& progress,
                                         Ranks& ranks) {
  const Spread spread(source, model, ranks);
  writer.share(ranks);
  const bool compared = truth.noise || truth.references;
  std::vector<ImagePsnr> figures;
  while (std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor input = truth.noise ? with_noise(*batch, *truth.noise, truth.seed) : batch->pixels;
    const Tensor output = model.reconstruct(view(input));
    if (!spread.keeps()) continue;
    std::optional<Tensor> clean;
    if (truth.references) clean = references_of(*batch, shape_of(output), *truth.references);
    const ConstView reference = clean ? view(std::as_const(*clean)) : images;
    for (Index i = 0; i < batch->count(); ++i) {
      const Index number = batch->origins[static_cast<std::size_t>(i)].number;
      const ConstView seen = view(input).slice(i, 1), made = view(output).slice(i, 1);
      const ConstView wanted = reference.slice(i, 1);
      if (compared)
        figures.push_back({number, enlarged_psnr(seen, wanted), mean_psnr(made, wanted)});
      if (!comparison) continue;
      const ConstView shown = wanted.reshaped(wanted.shape.sample());
      comparison->add(number, seen.reshaped(seen.shape.sample()),
                      made.reshaped(made.shape.sample()), compared ? &shown : nullptr);
    }
    writer.add(view(output), *batch);
    progress(batch->origins.back().number + 1);
  }
  ReconstructionSummary summary{.images = writer.finish()};
  if (comparison) comparison->bring_together(ranks);
  if (!compared) return summary;
  figures = gather_values(ranks, figures);
  std::ranges::sort(figures, {}, &ImagePsnr::number);
  double before = 0, after = 0;
  for (const ImagePsnr& image : figures) {
    before += image.input;
    after += image.output;
  }
  summary.input_psnr = before / static_cast<double>(figures.size());
  summary.psnr = after / static_cast<double>(figures.size());
  return summary;
}

double enlarged_psnr(ConstView images, ConstView references) {
  if (images.shape == references.shape) return mean_psnr(images, references);
  const Tensor large =
      resized_batch(images, references.shape[1], references.shape[2], Filter::cubic);
  return mean_psnr(view(large), references);
}

}  // namespace adjoint
