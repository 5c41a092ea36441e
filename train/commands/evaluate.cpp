#include <fmt/format.h>

#include <cmath>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/commands/evaluate_classes.hpp"
#include "train/config.hpp"
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
  const std::string input =  // 100 dB: nothing corrupts the images
      result.input_psnr < 100 ? fmt::format("\ninput PSNR  {:.2f} dB", result.input_psnr) : "";
  return fmt::format(
      "images      {}\nloss        {:.6f}\nMSE         {:.6f}\nMAE         {:.6f}\n"
      "PSNR        {:.2f} dB\nSSIM        {}{}",
      result.samples, result.loss, result.metrics[0], result.metrics[1], result.psnr,
      std::isnan(ssim) ? "none: images too small" : fmt::format("{:.4f}", ssim), input);
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

std::vector<ClassicalFilter> filters_for(const Arguments& arguments, const ImageModel& model) {
  if (!arguments.has("baselines")) return {};
  if (model.scale() != Extent2{1, 1}) {
    throw InputError(
        "--baselines filters images without enlarging them, and this model enlarges; what to beat "
        "is the input PSNR, which is that of bicubic interpolation");
  }
  // The model itself may have been opened to images of any size.
  return classical_filters(config_of(model.checkpoint(), model.trained().path).model.input);
}

/// All of them must be readable: figures of a part would pass for those of the whole.
ImageSource images_of(const Arguments& arguments, const ImageModel& model) {
  Terminal terminal;
  return open_images(arguments.texts("input"), model, white_for(model, arguments.white()),
                     ImageSource::Unreadable::refuse, terminal);
}

/// Throws InputError if an option is given that belongs to the other way to evaluate.
void check_options(const Arguments& arguments) {
  const bool one_class = arguments.has("one-class");
  if (one_class && arguments.has("checkpoint")) {
    throw InputError(
        "unexpected argument \"{}\"; --one-class CONFIG trains and tests models of its own",
        arguments.text("checkpoint"));
  }
  for (const char* option : {"noise", "baselines", "importance-samples", "grid", "white"}) {
    if (one_class && arguments.has(option)) {
      throw InputError(
          "--{} does not go with --one-class, which trains and tests models of its own; leave it "
          "out",
          option);
    }
  }
  for (const char* option : {"seeds", "class", "set", "out"}) {
    if (!one_class && arguments.has(option))
      throw InputError("--{} belongs to evaluate --one-class CONFIG; leave it out", option);
  }
  if (arguments.has("grid") && !one_class && !arguments.has("input")) {
    throw InputError(
        "--grid shows images that are named; name some, or look at the pictures of the validation "
        "data that training left in the folder \"samples\" of its run");
  }
}

/// Throws InputError if the picture would replace what is read.
void check_grid(const std::string& grid, const ImageModel& model, const ImageSource& source) {
  FileGuard guard;
  guard.reads(model.trained().path);
  guard.reads(source.files());
  guard.writes(grid);
  guard.check();
}

int evaluate(const Arguments& arguments) {
  check_options(arguments);
  if (arguments.has("one-class")) return evaluate_classes(arguments);
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
  AlsoMeasured also{.filters = filters_for(arguments, model), .importance_samples = samples};
  Ranks& ranks = arguments.ranks();
  const std::optional<std::string> grid = arguments.grid();
  std::optional<ComparisonPicture> picture;
  Evaluation result;
  if (arguments.has("input")) {
    ImageSource source = images_of(arguments, model);
    if (grid) {
      check_grid(*grid, model, source);
      also.picture = &picture.emplace(evaluated_shape(model, source.first_shape()));
    }
    result = evaluate_on(std::move(source), model, corruptions, pool, ranks, also);
  } else {
    result = evaluate_on_validation_data(model, corruptions, pool, ranks, also);
  }
  if (picture && ranks.first()) picture->write(*grid);
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
  std::string text = text_of(result);
  if (result.has_reference) {
    for (const std::size_t f : best_of_each_kind(also.filters, result.filter_psnr)) {
      const std::string name = also.filters[f].name();
      figures["baselines"].push_back({{"filter", name}, {"psnr", result.filter_psnr[f]}});
      text += fmt::format("\n{:<12}{:.2f} dB", name, result.filter_psnr[f]);
    }
  }
  if (grid) {
    figures["grid"] = *grid;
    text += fmt::format("\npicture     {}", *grid);
  }
  print_result(arguments, figures, text);
  return 0;
}

}  // namespace

Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "measure loss, PSNR, SSIM and other metrics",
      .usage =
          "CHECKPOINT [INPUT...] [--noise SIGMA] [--grid FILE] [--baselines] "
          "[--importance-samples K] | --one-class CONFIG [--seeds N]",
      .doc =
          "Measures loss, MSE, MAE, PSNR and SSIM on clean images, corrupted as the model's "
          "config says. Without INPUT it takes the validation data that training held out. Ranks "
          "that mpirun starts share the images. --one-class trains on each class of the config's "
          "labelled data alone, and measures how well the scores of detect tell the test images of "
          "the others from it: AUROC, mean and standard deviation over the seeds.",
      .example =
          "adjoint evaluate runs/fashion-denoiser/best.h5 "
          "$ADJOINT_DATA/fashion-mnist/t10k-images-idx3-ubyte.gz",
      .positional = {"checkpoint", "input"},
      .options = {checkpoint_option(),
                  images_option(),
                  {"noise",
                   "Standard deviation of Gaussian noise that replaces the config's corruptions",
                   Option::Kind::number, "SIGMA"},
                  {"grid",
                   "Also write a picture with a row of input | output | target for each of the "
                   "first images",
                   Option::Kind::text, "FILE"},
                  {"baselines",
                   "Measure a median and a Wiener filter on the same images, each with the window "
                   "that does best on them, the Wiener filter with the variance of the noise known",
                   Option::Kind::flag},
                  {"importance-samples",
                   "Also estimate log p(x) of a variational model, in nats an image, from K codes "
                   "of each image",
                   Option::Kind::integer, "K"},
                  white_option(),
                  {"one-class", "Train and test every class of this config's data in turn",
                   Option::Kind::text, "CONFIG"},
                  {"seeds", "Trainings of each class, with the config's seed, seed + 1, ...",
                   Option::Kind::integer, "N", "1"},
                  {"class", "Evaluate this class alone; may be repeated", Option::Kind::texts,
                   "LABEL"},
                  set_option("Override a key of the config"),
                  out_option("Folder of the runs, which go on if they are there (default: "
                             "runs/NAME-classes)",
                             "", "FOLDER"),
                  threads_option(),
                  json_option()},
      .run = evaluate,
      .on_several_ranks = true};
}

}  // namespace adjoint
