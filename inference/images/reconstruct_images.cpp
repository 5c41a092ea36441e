#include "inference/images/reconstruct_images.hpp"

#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

Tensor with_noise(ConstView images, double sigma, std::uint64_t seed, Index first) {
  Tensor noisy = copy_of(images);
  const std::vector<CorruptionSpec> noise{{GaussianNoise{{sigma, sigma}}}};
  for (Index i = 0; i < images.shape[0]; ++i) {
    const Tensor image = corrupted(noise, seed, kFixedEpoch, first + i,
                                   images.slice(i, 1).reshaped(images.shape.sample()));
    std::ranges::copy(image, view(noisy).slice(i, 1).data);
  }
  return noisy;
}

/// The next references, one for each image of a batch whose outputs have this shape.
Tensor references_of(const ImageBatch& batch, const Shape& outputs, ImageSource& references) {
  Tensor all = make_tensor(outputs);
  for (Index i = 0; i < batch.count(); ++i) {
    const std::optional<ImageBatch> one = references.next(1);
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

}  // namespace

ReconstructionSummary reconstruct_images(ImageModel& model, ImageSource& source,
                                         const ReconstructionTruth& truth, ResultWriter& writer,
                                         ComparisonPicture& comparison,
                                         const std::function<void(Index images)>& progress) {
  const bool compared = truth.noise || truth.references;
  Index count = 0;
  double before = 0, after = 0;
  while (std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor input =
        truth.noise ? with_noise(images, *truth.noise, truth.seed, count) : batch->pixels;
    const Tensor output = model.reconstruct(view(input));
    std::optional<Tensor> clean;
    if (truth.references) clean = references_of(*batch, shape_of(output), *truth.references);
    const ConstView reference = clean ? view(std::as_const(*clean)) : images;
    if (compared) {
      before += enlarged_psnr(view(input), reference) * static_cast<double>(batch->count());
      after += mean_psnr(view(output), reference) * static_cast<double>(batch->count());
    }
    comparison.add(view(input), view(output), compared ? &reference : nullptr);
    writer.add(view(output), *batch);
    count += batch->count();
    progress(count);
  }
  writer.finish();
  ReconstructionSummary summary{.images = count};
  if (compared) {
    summary.input_psnr = before / static_cast<double>(count);
    summary.psnr = after / static_cast<double>(count);
  }
  return summary;
}

double enlarged_psnr(ConstView images, ConstView references) {
  if (images.shape == references.shape) return mean_psnr(images, references);
  const Tensor large =
      resized_batch(images, references.shape[1], references.shape[2], Filter::cubic);
  return mean_psnr(view(large), references);
}

}  // namespace adjoint
