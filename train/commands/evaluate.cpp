#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/split.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/config.hpp"
#include "train/evaluation.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

/// All but the PSNR, which an Evaluation has anyway.
std::vector<Metric> metrics() {
  return metrics_named({"mse", "mae", "ssim"});
}

/// The data that training held out, seen exactly as training saw it.
Evaluation on_validation_data(const ImageModel& model,
                              const std::vector<CorruptionSpec>& corruptions, ThreadPool& pool) {
  const Config config = config_of(model.checkpoint(), model.trained().path);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const Split split = open_split(config.data, seed, config.folder);
  if (!split.validation) {
    throw InputError("the model's config holds out no validation data; name images to evaluate on");
  }
  const Index batch = std::min(config.training.batch_size, split.validation->size());
  Loader loader(split.validation, corruptions,
                {.batch_size = batch,
                 .seed = seed,
                 .shuffle = false,
                 .augmentation = config.augmentation,
                 .normalization = &model.normalization(),
                 .threads = pool.size()});
  const std::unique_ptr<Loss> loss = make_loss(config.loss);
  ConvolutionOptions convolution = convolution_options(config.training);
  // Another machine may have trained it.
  if (!bf16_refusal().empty()) convolution.precision = Precision::float32;
  return Evaluator(model.model(), *loss,
                   {.input = loader.input_shape(),
                    .batch = batch,
                    .metrics = metrics(),
                    .convolution = convolution},
                   pool)
      .run(loader);
}

/// Images as large as a model that enlarges can make them: cut at the bottom and the right.
Tensor cut_to_multiple(ConstView images, const Extent2& factor) {
  const Shape from = images.shape.sample();
  const Shape to{from[0] / factor.h * factor.h, from[1] / factor.w * factor.w, from[2]};
  Tensor cut = make_tensor(to.batched(images.shape[0]));
  for (Index i = 0; i < images.shape[0]; ++i)
    copy_part(images.slice(i, 1).reshaped(from), 0, 0, view(cut).slice(i, 1).reshaped(to));
  return cut;
}

/// Images of any size, corrupted as the config says.
Evaluation on_images(ImageModel& model, const std::vector<CorruptionSpec>& corruptions,
                     const std::vector<std::string>& inputs, double white, ThreadPool& pool) {
  const std::unique_ptr<Loss> loss =
      make_loss(config_of(model.checkpoint(), model.trained().path).loss);
  const auto seed = static_cast<std::uint64_t>(model.trained().seed);
  // Figures of a part would pass for those of the whole.
  Terminal terminal;
  ImageSource source = open_images(inputs, model, white, ImageSource::Unreadable::refuse, terminal);
  Scorer scorer(pool, loss.get(), metrics());
  while (const std::optional<ImageBatch> batch = source.next()) {
    Tensor clean = cut_to_multiple(view(batch->pixels), model.scale());
    const Shape shape = shape_of(clean).sample();
    const Shape seen = corrupted_shape(corruptions, shape);
    Tensor input = make_tensor(seen.batched(batch->count()));
    for (Index i = 0; i < batch->count(); ++i) {
      const Tensor one = corrupted(corruptions, seed, kFixedEpoch, scorer.samples() + i,
                                   view(std::as_const(clean)).slice(i, 1).reshaped(shape));
      std::ranges::copy(one, view(input).slice(i, 1).data);
    }
    auto [output, contrasts] = model.run(view(std::as_const(input)));
    Tensor target = clean;  // the loss is one of normalized numbers
    model.normalization().apply(contrasts, view(target));
    scorer.add({.target = view(target),
                .input_image = view(input),
                .target_image = view(clean),
                .normalization = &model.normalization(),
                .contrasts = contrasts},
               view(output));
  }
  return scorer.result();
}

std::string text_of(const Evaluation& result) {
  const double ssim = result.metrics[2];
  return fmt::format(
      "images      {}\nloss        {:.6f}\nMSE         {:.6f}\nMAE         {:.6f}\n"
      "PSNR        {:.2f} dB\nSSIM        {}\ninput PSNR  {:.2f} dB",
      result.samples, result.loss, result.metrics[0], result.metrics[1], result.psnr,
      std::isnan(ssim) ? "none: images too small" : fmt::format("{:.4f}", ssim), result.input_psnr);
}

int evaluate(const Arguments& arguments) {
  const std::optional<double> noise = arguments.noise();
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  if (noise && model.scale() != Extent2{1, 1}) {
    throw InputError(
        "--noise takes the place of the config's corruptions, and this model enlarges images that "
        "one of them has made smaller; evaluate it without --noise");
  }
  std::vector<CorruptionSpec> corruptions = model.trained().corruptions;
  if (noise) corruptions = {{GaussianNoise{{*noise, *noise}}}};
  const Evaluation result = arguments.has("input")
                                ? on_images(model, corruptions, arguments.texts("input"),
                                            white_for(model, arguments.white()), pool)
                                : on_validation_data(model, corruptions, pool);
  print_result(arguments,
               {{"images", result.samples},
                {"loss", result.loss},
                {"mse", result.metrics[0]},
                {"mae", result.metrics[1]},
                {"psnr", result.psnr},
                {"ssim", result.metrics[2]},
                {"input_psnr", result.input_psnr}},
               text_of(result));
  return 0;
}

}  // namespace

Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "measure loss, PSNR, SSIM and other metrics",
      .usage = "CHECKPOINT [INPUT...] [--noise SIGMA]",
      .doc =
          "Measures loss, MSE, MAE, PSNR and SSIM on clean images, corrupted as the model's "
          "config says. Without INPUT it takes the validation data that training held out.",
      .example = "adjoint evaluate runs/fashion-denoiser/best.h5 t10k-images-idx3-ubyte.gz",
      .positional = {"checkpoint", "input"},
      .options = {checkpoint_option(),
                  images_option(),
                  {"noise",
                   "Standard deviation of Gaussian noise that replaces the config's corruptions",
                   Option::Kind::number, "SIGMA"},
                  white_option(),
                  threads_option(),
                  json_option()},
      .run = evaluate};
}

}  // namespace adjoint
