#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "datasets/data_files.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/settings/check.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/choose_calibration.hpp"
#include "inference/detection/detect_images.hpp"
#include "inference/detection/detect_with_filters.hpp"
#include "inference/detection/detection_report.hpp"
#include "inference/detection/finding_picture.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastScale = 1e-30;  // of residuals, where a model reconstructs all exactly
constexpr const char* kTruthOptions[] = {"labels", "masks", "boxes"};

/// Where the results of one run go.
struct Results {
  fs::path folder;
  fs::path scores() const { return folder / "scores.csv"; }
  fs::path json() const { return folder / "detection.json"; }
  fs::path overlays() const { return folder / "overlays"; }
  fs::path overlay(const std::string& name) const { return overlays() / (name + ".png"); }
  fs::path residual(const std::string& name) const {
    return folder / "residuals" / (name + ".png");
  }
  fs::path mask(const std::string& name) const { return folder / "masks" / (name + ".png"); }
};

void write_picture(const fs::path& path, const Tensor& picture, int bits = 8) {
  make_folder(path.parent_path());
  write_image(path, view(picture), {.bits = bits});
}

/// Writes the residuals of an image, white where defect-free images have their largest, and where
/// they are above the threshold.
void write_maps(const Results& results, const std::string& name, const Tensor& residual,
                const Calibration& calibration) {
  write_picture(results.mask(name), defect_mask(view(residual), pixel_threshold(calibration)));
  Tensor shown = copy_of(view(residual));
  for (Real& x : view(shown).flat())
    x = std::isnan(x)
            ? Real{1}
            : static_cast<Real>(std::min(1.0, x / std::max(calibration.colour_scale, kLeastScale)));
  write_picture(results.residual(name), shown, 16);
}

/// Throws InputError if a result would replace something that is read.
void check_files(const ImageModel& model, const ImageSource& source, const Arguments& arguments,
                 const Results& results) {
  FileGuard guard;
  guard.reads(model.trained().path);
  guard.reads(source.files());
  guard.reads(data_files(model.trained().data, model.trained().folder));
  for (const char* option : kTruthOptions) {
    if (arguments.has(option)) guard.reads(arguments.text(option));
  }
  for (const std::string& input : arguments.texts_if_given("calibrate"))
    guard.reads(ArrayPlace::parse(input).file);
  guard.writes(results.scores());
  guard.writes(results.json());
  for (const std::string& name : source.names()) {
    guard.writes(results.overlay(name));
    if (!arguments.has("maps")) continue;
    guard.writes(results.residual(name));
    guard.writes(results.mask(name));
  }
  guard.check();
}

/// The ground truth that the command line names for images of these names.
GroundTruth truth_of(const Arguments& arguments, const std::vector<std::string>& names) {
  GroundTruth truth;
  std::vector<std::string> defective = names;  // as far as is known
  if (arguments.has("labels")) {
    truth.labels.emplace(arguments.text("labels"), arguments.texts("normal"), names);
    defective.clear();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (truth.labels->is_defective(static_cast<Index>(i))) defective.push_back(names[i]);
    }
  }
  using Kind = DefectMasks::Kind;
  if (arguments.has("masks")) truth.masks.emplace(Kind::masks, arguments.text("masks"), defective);
  if (arguments.has("boxes")) truth.masks.emplace(Kind::boxes, arguments.text("boxes"), defective);
  return truth;
}

/// The settings of the config with those that the command line gives instead; nothing if it gives
/// none.
std::optional<DetectionSettings> settings_of(const Arguments& arguments, const ImageModel& model) {
  constexpr const char* kOptions[] = {"residual",     "smoothing", "score", "quantile",
                                      "false-alarms", "tta",       "set"};
  const auto given = [&](const char* option) { return arguments.has(option); };
  if (std::ranges::none_of(kOptions, given)) return std::nullopt;
  for (const std::string& key : arguments.texts_if_given("set")) {
    if (!key.starts_with("detection."))
      throw InputError(
          "--set {}: only the keys of [detection] can be set here, as in --set detection.margin=4",
          key);
  }
  const Check<double> share{[](double value) { return value > 0 && value < 1; },
                            "a share above 0 and below 1"};
  DetectionSettings settings = detection_settings(model.trained(), arguments.texts_if_given("set"));
  if (given("residual")) settings.residual = arguments.choice<ResidualKind>("residual");
  if (given("smoothing")) settings.smoothing = arguments.number("smoothing", between(0.0, 100.0));
  if (given("score")) settings.score = arguments.choice<ScoreKind>("score");
  if (given("quantile")) settings.quantile = arguments.number("quantile", share);
  if (given("false-alarms")) settings.false_alarms = arguments.number("false-alarms", share);
  settings.tta = settings.tta || given("tta");
  return settings;
}

CalibrationChoice calibration_of(const Arguments& arguments, ImageModel& model,
                                 Terminal& terminal) {
  CalibrationRequest request{.settings = settings_of(arguments, model),
                             .save = arguments.has("save")};
  std::optional<ImageSource> images;
  if (arguments.has("calibrate")) {
    images = open_images(arguments.texts("calibrate"), model, white_for(model, arguments.white()),
                         ImageSource::Unreadable::refuse, terminal);
    request.images = &*images;
  }
  return choose_calibration(model, request, arguments.ranks());
}

/// Throws InputError unless the options go together.
void check_detect_options(const Arguments& arguments) {
  if (arguments.has("masks") && arguments.has("boxes"))
    throw InputError("--masks and --boxes exclude each other");
  const auto given = [&](const char* option) { return arguments.has(option); };
  if (arguments.has("baselines") && std::ranges::none_of(kTruthOptions, given)) {
    throw InputError(
        "--baselines compares filters with the model by their AUROC, which needs ground truth; add "
        "--labels FILE, --masks FOLDER or --boxes FOLDER, or leave --baselines out");
  }
}

int detect(const Arguments& arguments) {
  check_detect_options(arguments);
  const Results results{arguments.text("out")};
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool, arguments.max_memory());
  if (model.scale() != Extent2{1, 1}) {
    throw InputError(
        "detect compares an image with its reconstruction, and this model enlarges images");
  }
  Terminal terminal;
  ImageSource source = open_images(arguments, model, terminal, ImageSource::Unreadable::skip);
  check_files(model, source, arguments, results);
  GroundTruth truth = truth_of(arguments, source.names());
  const CalibrationChoice choice = calibration_of(arguments, model, terminal);
  for (const std::string& note : choice.notes) terminal.print(note);
  Detection detection(choice.calibration, std::move(truth), model.normalization());
  DetectionCallbacks callbacks{
      .overlay = [&](const std::string& name,
                     const Tensor& picture) { write_picture(results.overlay(name), picture); },
      .progress = [&](Index images) { terminal.update(fmt::format("{} images", images)); }};
  if (arguments.has("maps")) {
    callbacks.residual = [&](const std::string& name, const Tensor& residual) {
      write_maps(results, name, residual, choice.calibration);
    };
  }
  detect_images(source, model, detection, callbacks, arguments.ranks());
  std::vector<FilterFigures> filters;
  if (arguments.has("baselines")) {
    filters = detect_with_filters(
        source, classical_filters(source.first_shape(), FilterTask::detect), detection, pool,
        [&](Index count) { terminal.update(fmt::format("{} images filtered", count)); },
        arguments.ranks());
  }
  terminal.clear();
  if (!arguments.ranks().first()) return 0;  // rank 0 has the findings, and reports them
  if (const auto warning = unscorable_warning(detection.findings())) terminal.print(*warning);
  if (const auto warning = size_warning(choice.calibration, detection.findings()))
    terminal.print(*warning);

  const DetectionSummary summary = detection.summary();
  const auto document = detection_json(choice.calibration, summary, detection.findings(), filters);
  write_text_file(results.scores(), scores_csv(detection.findings()));
  write_text_file(results.json(), json_text(document) + "\n");
  print_result(arguments, document,
               fmt::format("{}scores       {}\noverlays     {}",
                           detection_text(choice.calibration, summary, filters),
                           results.scores().string(), results.overlays().string()));
  source.check_complete();
  return 0;
}

}  // namespace

Command detect_command() {
  using Kind = Option::Kind;
  return {
      .name = "detect",
      .summary = "find defective images, and the defects in them",
      .usage =
          "CHECKPOINT INPUT... [-o FOLDER] [--calibrate INPUT]... [--false-alarms RATE] "
          "[--save]",
      .doc =
          "Flags images that the model reconstructs badly, and shows where. The threshold is "
          "calibrated on the images that training held out, and kept beside the checkpoint. "
          "--calibrate and the options of the score calibrate anew for this run only; --save keeps "
          "the result. An image without a finite score is flagged. Ranks that mpirun starts share "
          "the images.",
      .example = "adjoint detect runs/boards/best.h5 scans/ -o findings",
      .positional = {"checkpoint", "input"},
      .options =
          {checkpoint_option(),
           images_option(),
           out_option("Folder for scores.csv, detection.json, overlays/ and what --maps writes",
                      "detected", "FOLDER"),
           {"calibrate", "Calibrate anew on these defect-free images", Kind::texts, "INPUT"},
           {"save", "Keep the new calibration beside the checkpoint"},
           strict_option("flagging them"),
           {"false-alarms", "Calibrate anew for this false-positive rate", Kind::number, "RATE"},
           {"residual", "Calibrate anew with this residual: l1, squared or ssim", Kind::text,
            "KIND"},
           {"smoothing",
            "Calibrate anew with a Gaussian filter of this standard deviation, in pixels",
            Kind::number, "SIGMA"},
           {"score", "Calibrate anew with this score: mean, max or quantile", Kind::text, "KIND"},
           {"quantile", "Which quantile of the residuals --score quantile takes", Kind::number,
            "SHARE"},
           set_option("Calibrate anew with another key of [detection], such as detection.margin=4"),
           tta_option("Calibrate anew, and score images by the"),
           {"maps",
            "Also write the residuals of each image (residuals/, 16 bits) and a mask that is white "
            "where they are above the threshold (masks/)"},
           {"labels", "Ground truth: CSV of name,label; or .npy or IDX in order", Kind::text,
            "FILE"},
           {"normal", "Label of the defect-free images; may be repeated", Kind::texts, "LABEL",
            "0"},
           {"masks",
            "Ground truth: folder of pictures NAME or NAME_mask, white where image NAME is "
            "defective",
            Kind::text, "FOLDER"},
           {"boxes",
            "Ground truth: folder of text files NAME, a line x1 y1 x2 y2 for each defect of image "
            "NAME",
            Kind::text, "FOLDER"},
           {"baselines",
            "Score the same images also by what a median and a Wiener filter make of them, each "
            "with the window of the best AUROC; needs ground truth"},
           white_option(),
           max_memory_option(),
           threads_option(),
           json_option()},
      .run = detect,
      .on_several_ranks = true};
}

}  // namespace adjoint
