#include "train/evaluate_model.hpp"

#include <algorithm>

#include "datasets/image_ops.hpp"
#include "datasets/split.hpp"
#include "framework/parallel/check_alike.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/spread.hpp"
#include "inference/images/weights_checksum.hpp"
#include "train/noisy_targets.hpp"

namespace adjoint {
namespace {

/// All metrics but the PSNR, which an Evaluation has anyway.
Measures measures(const std::vector<ClassicalFilter>& filters) {
  return {metrics_named({"mse", "mae", "ssim"}), filters};
}

/// The upper left part of some images.
Tensor cut_to(const Shape& to, ConstView images) {
  const Shape from = images.shape.sample();
  Tensor cut = make_tensor(to.batched(images.shape[0]));
  for (Index i = 0; i < images.shape[0]; ++i)
    copy_part(images.slice(i, 1).reshaped(from), 0, 0, view(cut).slice(i, 1).reshaped(to));
  return cut;
}

}  // namespace

Evaluation evaluate_on_validation_data(const ImageModel& model,
                                       const std::vector<CorruptionSpec>& corruptions,
                                       ThreadPool& pool, Ranks& ranks, const AlsoMeasured& also) {
  const Config config = config_of(model.checkpoint(), model.trained().path);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const Split split = open_split(config.data, seed, config.folder);
  if (!split.validation) {
    throw InputError("the model's config holds out no validation data; name images to evaluate on");
  }
  const std::unique_ptr<Loss> loss = loss_of_training(config);
  std::optional<LogLikelihoodEstimator> log_p;
  if (also.importance_samples > 0) log_p.emplace(model, *loss, also.importance_samples, pool);
  const Sharding sharding = sharding_of(config.training, ranks);
  check_alike(ranks, {{"model (checksum of its weights)", weights_checksum(model)},
                      {"number of validation images", fmt::to_string(split.validation->size())}});
  const Index batch = std::min(config.training.batch_size, split.validation->size());
  const ShardRange own = sharding.own_samples(batch);
  Loader loader(split.validation, corruptions,
                {.batch_size = batch,
                 .seed = seed,
                 .shuffle = false,
                 .augmentation = config.augmentation,
                 .target = judging_target(config, corruptions, *split.validation),
                 .normalization = &model.normalization(),
                 .threads = pool.size(),
                 .first = own.first,
                 .last = own.last});
  ConvolutionOptions convolution = convolution_options(config.training);
  // Another machine may have trained it.
  if (!bf16_refusal().empty()) convolution.precision = Precision::float32;
  const auto estimate = [&](const Batch& images) {
    if (!log_p) return;
    if (!images.has_reference) {
      throw InputError(
          "log p(x) is that of clean images, and the validation data has none; give clean images");
    }
    for (Index i = 0; i < images.count(); ++i) {
      log_p->add(images.input.slice(i, 1), images.target.slice(i, 1),
                 images.number * batch + own.first + i);
    }
  };
  Evaluation result = Evaluator(model.model(), *loss,
                                {.input = loader.input_shape(),
                                 .batch = batch,
                                 .measures = measures(also.filters),
                                 .convolution = convolution,
                                 .sharding = sharding},
                                pool)
                          .run(loader, estimate);
  if (log_p) result.log_likelihood = log_p->result(ranks);
  return result;
}

Shape evaluated_shape(const ImageModel& model, const Shape& image) {
  if (image.empty()) return image;
  const Extent2 factor = model.scale();
  return {image[0] / factor.h * factor.h, image[1] / factor.w * factor.w, image[2]};
}

Evaluation evaluate_on(ImageSource source, ImageModel& model,
                       const std::vector<CorruptionSpec>& corruptions, ThreadPool& pool,
                       Ranks& ranks, const AlsoMeasured& also) {
  const Config config = config_of(model.checkpoint(), model.trained().path);
  if (config.training.target.kind != TargetKind::clean && corruptions.empty()) {
    throw InputError(
        "the model was trained on noisy images alone, and its config has no [[corruption]] to "
        "apply: "
        "images would be compared with themselves; give clean images, and the noise to add to them "
        "with --noise, or leave the images out");
  }
  const std::unique_ptr<Loss> loss = make_loss(config.loss);
  std::optional<LogLikelihoodEstimator> log_p;
  if (also.importance_samples > 0) log_p.emplace(model, *loss, also.importance_samples, pool);
  const auto seed = static_cast<std::uint64_t>(model.trained().seed);
  const Spread spread(source, model, ranks);
  // As many shards as any number of ranks takes: images are scored one by one, whoever has them.
  Scorer scorer(pool, loss.get(), measures(also.filters),
                {.shards = Sharding::kMost, .ranks = &ranks});
  while (const std::optional<ImageBatch> batch = source.next()) {
    const Shape shape = evaluated_shape(model, shape_of(batch->pixels).sample());
    Tensor clean = cut_to(shape, view(batch->pixels));
    const Shape seen = corrupted_shape(corruptions, shape);
    Tensor input = make_tensor(seen.batched(batch->count()));
    std::vector<Index> numbers;
    for (Index i = 0; i < batch->count(); ++i) {
      numbers.push_back(batch->origins[static_cast<std::size_t>(i)].number);
      const Tensor one = corrupted(corruptions, seed, kFixedEpoch, numbers.back(),
                                   view(std::as_const(clean)).slice(i, 1).reshaped(shape));
      std::ranges::copy(one, view(input).slice(i, 1).data);
    }
    auto [output, contrasts] = model.run(view(std::as_const(input)));
    if (!spread.keeps()) continue;
    Tensor target = clean;  // the loss is one of normalized numbers
    model.normalization().apply(contrasts, view(target));
    scorer.add_images({.total = batch->count(),
                       .target = view(target),
                       .input_image = view(input),
                       .target_image = view(clean),
                       .normalization = &model.normalization(),
                       .contrasts = contrasts},
                      view(output), {}, numbers);
    for (Index i = 0; i < batch->count(); ++i) {
      const Index number = numbers[static_cast<std::size_t>(i)];
      const ConstView given = view(std::as_const(input)).slice(i, 1);
      const ConstView wanted = view(std::as_const(clean)).slice(i, 1);
      if (log_p) log_p->add(given, wanted, number);
      if (!also.picture) continue;
      const ConstView made = view(std::as_const(output)).slice(i, 1).reshaped(shape);
      const ConstView reference = wanted.reshaped(shape);
      also.picture->add(number, given.reshaped(seen), made, &reference);
    }
  }
  if (also.picture) also.picture->bring_together(ranks);
  Evaluation result = scorer.result();
  if (log_p) result.log_likelihood = log_p->result(ranks);
  return result;
}

}  // namespace adjoint
