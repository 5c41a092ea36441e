// denoise, upscale and reconstruct: the model's output for any images. They differ in words alone.

#include <fmt/format.h>

#include "datasets/sources/pairs_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/reconstruct_images.hpp"
#include "train/commands/commands.hpp"
#include "train/config.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

/// Names and texts of one of the commands.
struct Words {
  std::string command;  // "denoise"
  std::string result;   // "denoised"
  std::string summary;  // for the list of commands
  std::string doc;
  std::string example;  // what follows the command's name
};

/// One image file gives a file named after it, in its format; several inputs give a folder, or an
/// array if one of them is an array.
std::string default_out(const ImageSource& source, const std::string& input,
                        const std::string& result) {
  const std::filesystem::path file = ArrayPlace::parse(input).file;
  const bool is_folder = std::filesystem::is_directory(file);
  const std::string stem =
      (is_folder ? std::filesystem::canonical(file).filename() : file.stem()).string();
  if (source.has_datasets()) return stem + "-" + result + ".npy";
  const std::vector<ImageOrigin> origins = source.origins();
  const bool is_file = !is_folder && std::ranges::all_of(origins, [&](const ImageOrigin& o) {
    return o.file == origins[0].file;
  });
  return is_file ? stem + "-" + result + result_ending(origins[0]) : result;
}

/// Whether the model saw noisy images in training: made by corruptions, or noisy as they were. What
/// another program showed its model is not known, and taken for that.
bool learned_to_denoise(const ImageModel& model) {
  const TrainedModel& trained = model.trained();
  if (trained.foreign) return true;
  if (!trained.corruptions.empty() || trained.data.source.as<PairsSource>()) return true;
  return config_of(model.checkpoint(), trained.path).training.target.kind != TargetKind::clean;
}

/// Notes a model that was trained for something else than the command.
void note_purpose(const Words& words, const ImageModel& model, Terminal& terminal) {
  if (words.command == "upscale" && model.scale() == Extent2{1, 1}) {
    terminal.print(
        "note: this model does not enlarge images; one that does is trained with [[corruption]] "
        "kind = \"downsample\", keep_size = false");
  }
  if (words.command == "denoise" && !learned_to_denoise(model)) {
    terminal.print(
        "note: this model was trained to reconstruct images, not to denoise them: its config has "
        "no [[corruption]]");
  }
}

int run(const Words& words, const Arguments& arguments) {
  const std::string checkpoint = arguments.text("checkpoint");
  const std::vector<std::string> inputs = arguments.texts("input");
  const std::optional<double> noise = arguments.noise();
  const bool referenced = arguments.has("reference");
  if (noise && referenced)
    throw InputError(
        "--noise and --reference exclude each other: with --noise the input is the reference");

  ProgramThreads pool(arguments.threads());
  ImageModel model(checkpoint, pool, arguments.max_memory());
  model.average_symmetries(arguments.has("tta"));
  if (noise && model.scale() != Extent2{1, 1}) {
    throw InputError(
        "--noise compares the output with the input, and this model enlarges images; name clean "
        "images of the output's size with --reference");
  }
  // A result that is missing would move the references of all after it.
  const auto unreadable = arguments.has("strict") || referenced ? ImageSource::Unreadable::refuse
                                                                : ImageSource::Unreadable::skip;
  Terminal terminal;
  note_purpose(words, model, terminal);
  const double white = white_for(model, arguments.white());
  ImageSource source = open_images(inputs, model, white, unreadable, terminal);
  std::optional<ImageSource> references;
  if (referenced) {
    references = open_images(arguments.texts("reference"), model, white, unreadable, terminal);
    if (references->names().size() != source.names().size()) {
      throw InputError("--reference: expected one image for each of the input, {}, got {}",
                       source.names().size(), references->names().size());
    }
  }
  FileGuard guard;
  guard.reads(model.trained().path);
  guard.reads(source.files());
  if (referenced) guard.reads(references->files());
  const std::optional<std::string> grid = arguments.grid();
  if (grid) guard.writes(*grid);
  ResultWriter writer(
      arguments.has("out") ? arguments.text("out") : default_out(source, inputs[0], words.result),
      source, guard);
  if (white > 0) writer.scale_arrays(white);

  std::optional<ComparisonPicture> comparison;
  if (grid) comparison.emplace(model.output_shape(source.first_shape()));
  const ReconstructionSummary summary = reconstruct_images(
      model, source,
      {.noise = noise,
       .seed = arguments.natural("seed"),
       .references = references ? &*references : nullptr},
      writer, comparison ? &*comparison : nullptr,
      [&](Index images) {
        if (!source.is_single_image()) terminal.update(fmt::format("{} images", images));
      },
      arguments.ranks());
  terminal.clear();

  nlohmann::ordered_json result{{"images", summary.images}, {"out", writer.place()}};
  if (!source.skipped().empty()) result["skipped"] = source.skipped();
  std::string text = fmt::format("{} image{} {}: {}", summary.images,
                                 summary.images == 1 ? "" : "s", words.result, writer.place());
  if (summary.psnr) {
    result["input_psnr"] = *summary.input_psnr;
    result["psnr"] = *summary.psnr;
    text += fmt::format("\nPSNR {:.2f} dB -> {:.2f} dB (gain {:+.2f} dB)", *summary.input_psnr,
                        *summary.psnr, *summary.psnr - *summary.input_psnr);
  }
  if (grid) {
    if (arguments.ranks().first()) comparison->write(*grid);
    result["grid"] = *grid;
    text += fmt::format("\npicture: {}", *grid);
  }
  print_result(arguments, result, text);
  source.check_complete();
  return 0;
}

Command command(const Words& words, int (*run)(const Arguments&)) {
  using Kind = Option::Kind;
  return {
      .name = words.command,
      .summary = words.summary,
      .usage =
          "CHECKPOINT INPUT... [-o OUT] [--noise SIGMA] [--grid FILE] [--tta] "
          "[--max-memory SIZE] [--strict]",
      .doc = words.doc + " Ranks that mpirun starts share the images, or the tiles of a large one.",
      .example = "adjoint " + words.command + " " + words.example,
      .positional = {"checkpoint", "input"},
      .options =
          {checkpoint_option(),
           images_option(),
           out_option("An image (.png, .jpg; .tif for several), a folder, .npy, .h5 or "
                      ".h5:/dataset (default: INPUT-" +
                      words.result + ", in its own format)"),
           {"noise",
            "Standard deviation of Gaussian noise that is added to the input first; 1 is white",
            Kind::number, "SIGMA"},
           seed_option("Seed of the noise that --noise adds"),
           {"reference",
            "Clean images, one for each input and of its size, to compute the PSNR against",
            Kind::texts, "INPUT"},
           {"grid", "Also write a picture with a row of input | output | reference for each image",
            Kind::text, "FILE"},
           tta_option(),
           strict_option(),
           white_option(),
           max_memory_option(),
           threads_option(),
           json_option()},
      .run = run,
      .on_several_ranks = true};
}

const Words kDenoise{"denoise", "denoised", "denoise images with a model",
                     "Denoises images of any size with a trained model.",
                     "runs/quickstart/best.h5 photo.png -o clean.png"};
const Words kUpscale{"upscale", "upscaled", "enlarge images with a model",
                     "Enlarges images of any size with a model trained for super-resolution.",
                     "runs/super-resolution/best.h5 small.png -o large.png"};
const Words kReconstruct{"reconstruct", "reconstructed", "reconstruct images with a model",
                         "Reconstructs images of any size with a trained model.",
                         "runs/inpainting/best.h5 damaged.png -o whole.png"};

}  // namespace

Command denoise_command() {
  return command(kDenoise, [](const Arguments& arguments) { return run(kDenoise, arguments); });
}

Command upscale_command() {
  return command(kUpscale, [](const Arguments& arguments) { return run(kUpscale, arguments); });
}

Command reconstruct_command() {
  return command(kReconstruct,
                 [](const Arguments& arguments) { return run(kReconstruct, arguments); });
}

}  // namespace adjoint
