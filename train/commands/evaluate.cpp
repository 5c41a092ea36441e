#include <fmt/format.h>

#include <cmath>

#include "datasets/corruptions/gaussian_noise.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/evaluate_model.hpp"
#include "train/one_class_report.hpp"
#include "train/program/interrupt.hpp"
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

/// Shows the trainings of --one-class on standard error, a line for each.
class OneClassProgress final : public OneClassObserver {
 public:
  void on_run(const OneClassRun& run) override {
    run_ = fmt::format("[{}/{}] class {}, seed {}", run.number, run.runs, class_text(run.of),
                       run.seed);
  }
  void on_epoch(const EpochReport& report) override {
    terminal_.update(fmt::format("{}: epoch {}/{}  loss {:.5f}", run_, report.epoch, report.epochs,
                                 report.loss));
  }
  void on_warning(const TrainingWarning& warning) override {
    terminal_.print(fmt::format("{}: {} {}", run_, terminal_.bold("warning:"), warning.text));
  }
  void on_auroc(double auroc) override {
    terminal_.print(fmt::format("{}: AUROC {:.4f}", run_, auroc));
  }
  Terminal& terminal() { return terminal_; }

 private:
  Terminal terminal_;
  std::string run_;
};

/// Throws InputError if an option is given that belongs to the other way to evaluate.
void check_options(const Arguments& arguments) {
  const bool one_class = arguments.has("one-class");
  for (const char* option : {"checkpoint", "input", "noise", "white"}) {
    if (one_class && arguments.has(option)) {
      throw InputError(
          "{} does not go with --one-class, which trains and tests models of its own; leave it out",
          option);
    }
  }
  for (const char* option : {"seeds", "class", "set", "out"}) {
    if (!one_class && arguments.has(option))
      throw InputError("--{} belongs to evaluate --one-class CONFIG; leave it out", option);
  }
}

int evaluate_classes(const Arguments& arguments) {
  if (arguments.ranks().several()) {
    throw InputError(
        "evaluate --one-class runs in one process: start it without mpirun (or with one rank)");
  }
  const std::vector<std::string> overrides = arguments.texts_if_given("set");
  for (const std::string& key : overrides) {
    if (key.starts_with("data.classes"))
      throw InputError("--set {}: every class is trained in turn; choose some with --class", key);
  }
  const Config config = read_config_file(arguments.text("one-class"), overrides);
  const OneClassOptions options{.classes = arguments.texts_if_given("class"),
                                .seeds = arguments.integer("seeds", between<Index>(1, 1000)),
                                .folder = arguments.has("out")
                                              ? arguments.text("out")
                                              : fmt::format("runs/{}-classes", config.name)};
  ProgramThreads pool(arguments.threads());
  const InterruptGuard interrupt;
  OneClassProgress progress;
  const auto results = evaluate_one_class(config, options, pool, progress, interrupt.flag());
  progress.terminal().clear();
  if (!results) {
    progress.terminal().print(
        fmt::format("stopped; what is trained is in {}, and the same command goes on from there",
                    options.folder.string()));
    return kInterrupted;
  }
  print_result(arguments, one_class_json(*results, config.seed),
               one_class_text(*results, config.seed));
  return 0;
}

int evaluate(const Arguments& arguments) {
  check_options(arguments);
  if (arguments.has("one-class")) return evaluate_classes(arguments);
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
      .usage = "CHECKPOINT [INPUT...] [--noise SIGMA] | --one-class CONFIG [--seeds N]",
      .doc =
          "Measures loss, MSE, MAE, PSNR and SSIM on clean images, corrupted as the model's "
          "config says. Without INPUT it takes the validation data that training held out. Ranks "
          "that mpirun starts share the images. --one-class trains on each class of the config's "
          "labelled data alone, and measures how well the scores of detect tell the test images of "
          "the others from it: AUROC, mean and standard deviation over the seeds.",
      .example = "adjoint evaluate runs/fashion-denoiser/best.h5 t10k-images-idx3-ubyte.gz",
      .positional = {"checkpoint", "input"},
      .options = {checkpoint_option(),
                  images_option(),
                  {"noise",
                   "Standard deviation of Gaussian noise that replaces the config's corruptions",
                   Option::Kind::number, "SIGMA"},
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
