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

std::string text_of(const Evaluation& result) {
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

/// All of them must be readable: figures of a part would pass for those of the whole.
ImageSource images_of(const Arguments& arguments, const ImageModel& model) {
  Terminal terminal;
  return open_images(arguments.texts("input"), model, white_for(model, arguments.white()),
                     ImageSource::Unreadable::refuse, terminal);
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
  Ranks& ranks = arguments.ranks();
  const Evaluation result =
      arguments.has("input")
          ? evaluate_on(images_of(arguments, model), model, corruptions, pool, ranks)
          : evaluate_on_validation_data(model, corruptions, pool, ranks);
  nlohmann::ordered_json figures{{"images", result.samples}, {"loss", result.loss}};
  if (result.has_reference) {
    figures.update({{"mse", result.metrics[0]},
                    {"mae", result.metrics[1]},
                    {"psnr", result.psnr},
                    {"ssim", result.metrics[2]},
                    {"input_psnr", result.input_psnr}});
  }
  print_result(arguments, figures, text_of(result));
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
          "config says. Without INPUT it takes the validation data that training held out. Ranks "
          "that mpirun starts share the images.",
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
      .run = evaluate,
      .on_several_ranks = true};
}

}  // namespace adjoint
