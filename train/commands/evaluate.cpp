#include <fmt/format.h>

#include <cmath>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/evaluate_model.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

// The literature takes 5000.
constexpr Index kMostSamples = 1'000'000;

std::string text_of_metrics(const Evaluation& result) {
  if (!result.has_reference) {
    return fmt::format("images      {}\nloss        {:.6f} (of hidden pixels: no clean images)",
                       result.samples, result.loss);
  }
  const double ssim = result.metrics[2];
  return fmt::format(
      "images      {}\nloss        {:.6f}\nMSE         {:.6f}\nMAE         {:.6f}\n"
      "PSNR        {:.2f} dB\nSSIM        {}\ninput PSNR  {:.2f} dB",
      result.samples, result.loss, result.metrics[0], result.metrics[1], result.psnr,
      std::isnan(ssim) ? "none: images too small" : fmt::format("{:.4f}", ssim), result.input_psnr);
}

std::string text_of(const Evaluation& result) {
  std::string text = text_of_metrics(result);
  if (!result.log_likelihood) return text;
  const LogLikelihood& found = *result.log_likelihood;
  const auto line = [&](const char* name, double nats, double error) {
    text += fmt::format("\n{:<11} {:.3f} nats an image", name, nats);
    if (!std::isnan(error)) text += fmt::format(", standard error {:.3f}", error);
  };
  line("log p(x)", found.log_p, found.log_p_error);
  text += fmt::format(" ({} importance samples)", found.samples);
  line("ELBO", found.elbo, found.elbo_error);
  return text;
}

/// All of them must be readable: figures of a part would pass for those of the whole.
ImageSource images_of(const Arguments& arguments, const ImageModel& model) {
  Terminal terminal;
  return open_images(arguments.texts("input"), model, white_for(model, arguments.white()),
                     ImageSource::Unreadable::refuse, terminal);
}

int evaluate(const Arguments& arguments) {
  const std::optional<double> noise = arguments.noise();
  const Index samples =
      arguments.has("importance-samples")
          ? arguments.integer("importance-samples", between<Index>(1, kMostSamples))
          : 0;
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  if (noise && model.scale() != Extent2{1, 1}) {
    throw InputError(
        "--noise takes the place of the config's corruptions, and this model enlarges images that "
        "one of them has made smaller; evaluate it without --noise");
  }
  std::vector<CorruptionSpec> corruptions = model.trained().corruptions;
  if (noise) corruptions = {{GaussianNoise{{*noise, *noise}}}};
  Ranks& ranks = arguments.ranks();
  const Evaluation result =
      arguments.has("input")
          ? evaluate_on(images_of(arguments, model), model, corruptions, pool, ranks, samples)
          : evaluate_on_validation_data(model, corruptions, pool, ranks, samples);
  nlohmann::ordered_json figures{{"images", result.samples}, {"loss", result.loss}};
  if (result.has_reference) {
    figures.update({{"mse", result.metrics[0]},
                    {"mae", result.metrics[1]},
                    {"psnr", result.psnr},
                    {"ssim", result.metrics[2]},
                    {"input_psnr", result.input_psnr}});
  }
  if (result.log_likelihood) {
    const LogLikelihood& found = *result.log_likelihood;
    figures.update({{"importance_samples", found.samples},
                    {"log_likelihood", found.log_p},
                    {"log_likelihood_standard_error", found.log_p_error},
                    {"elbo", found.elbo},
                    {"elbo_standard_error", found.elbo_error}});
  }
  print_result(arguments, figures, text_of(result));
  return 0;
}

}  // namespace

Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "measure loss, PSNR, SSIM and other metrics",
      .usage = "CHECKPOINT [INPUT...] [--noise SIGMA] [--importance-samples K]",
      .doc =
          "Measures loss, MSE, MAE, PSNR and SSIM on clean images, corrupted as the model's "
          "config says. Without INPUT it takes the validation data that training held out. Ranks "
          "that mpirun starts share the images.",
      .example = "adjoint evaluate runs/fashion-denoiser/best.h5 t10k-images-idx3-ubyte.gz",
      .positional = {"checkpoint", "input"},
      .options = {checkpoint_option(),
                  images_option(),
                  {"noise",
                   "Standard deviation of Gaussian noise that replaces the config's corruptions",
                   Option::Kind::number, "SIGMA"},
                  {"importance-samples",
                   "Also estimate log p(x) of a variational model, in nats an image, from K codes "
                   "of each image",
                   Option::Kind::integer, "K"},
                  white_option(),
                  threads_option(),
                  json_option()},
      .run = evaluate,
      .on_several_ranks = true};
}

}  // namespace adjoint
