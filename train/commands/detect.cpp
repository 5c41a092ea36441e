#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/data_files.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/calibrate.hpp"
#include "inference/detection/calibration_file.hpp"
#include "inference/detection/detection_report.hpp"
#include "inference/detection/weights_checksum.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/terminal.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

using Arguments = cxxopts::ParseResult;

/// The value of an option that names one of a few things; `value` if it is not given.
std::string choice_of(const Arguments& arguments, const std::string& option,
                      const std::vector<std::string>& choices, const std::string& value) {
  if (arguments.count(option) == 0) return value;
  std::string given = arguments[option].as<std::string>();
  if (std::ranges::find(choices, given) == choices.end()) {
    throw InputError("--{} {}: expected one of {}", option, given, fmt::join(choices, ", "));
  }
  return given;
}

/// The value of an option that is a share; `value` if it is not given.
double share_of(const Arguments& arguments, const std::string& option, double value) {
  if (arguments.count(option) == 0) return value;
  const double given = arguments[option].as<double>();
  if (!(given > 0 && given < 1)) {
    throw InputError("--{} {}: expected a share above 0 and below 1", option, given);
  }
  return given;
}

/// The value of --smoothing; `value` if it is not given.
double smoothing_of(const Arguments& arguments, double value) {
  if (arguments.count("smoothing") == 0) return value;
  const double given = arguments["smoothing"].as<double>();
  if (!(given >= 0 && given <= 100)) {
    throw InputError("--smoothing {}: expected 0 to 100 pixels", given);
  }
  return given;
}

/// What the config says, with what the command line says instead.
DetectionSettings settings_of(const DetectionSettings& config, const Arguments& arguments) {
  return {
      .residual = choice_of(arguments, "residual", config.residuals(), config.residual),
      .smoothing = smoothing_of(arguments, config.smoothing),
      .score = choice_of(arguments, "score", config.scores(), config.score),
      .quantile = share_of(arguments, "quantile", config.quantile),
      .false_alarms = share_of(arguments, "false-alarms", config.false_alarms),
  };
}

bool asks_for_calibration(const Arguments& arguments) {
  for (const char* key :
       {"calibrate", "residual", "smoothing", "score", "quantile", "false-alarms"}) {
    if (arguments.count(key) > 0) return true;
  }
  return false;
}

std::vector<std::string> texts_of(const Arguments& arguments, const std::string& option) {
  return arguments[option].as<std::vector<std::string>>();
}

/// "a, b, c, ..."
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMostListed = 4;
  const auto count = static_cast<std::ptrdiff_t>(std::min(names.size(), kMostListed));
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + count, ", "),
                     names.size() > kMostListed ? ", ..." : "");
}

/// What the images of --calibrate were used for before.
void warn_of_trained_images(const ImageRecord& record, const std::vector<fs::path>& files,
                            Terminal& terminal) {
  std::vector<std::string> trained;
  for (const fs::path& file : trained_on(record, files)) trained.push_back(file.string());
  if (trained.empty()) return;
  std::string remedy = "name other ones";
  if (!record.held_out.empty())
    remedy +=
        fmt::format(", or none to take the {} that training held out", record.held_out.size());
  terminal.print(
      fmt::format("warning: the model was trained on {} of the {} files of --calibrate ({}); it "
                  "gives them back better than new images, so that more of these will be flagged "
                  "than promised; {}",
                  trained.size(), std::set<fs::path>(files.begin(), files.end()).size(),
                  listed(trained), remedy));
}

Calibration new_calibration(ImageModel& model, const Arguments& arguments, Terminal& terminal) {
  const DetectionSettings settings = settings_of(detection_settings(model.trained()), arguments);
  if (arguments.count("calibrate") == 0) return calibrate_on_held_out(model, settings);
  ImageSource images =
      open_images(texts_of(arguments, "calibrate"), model, white_for(model, white_of(arguments)),
                  ImageSource::Unreadable::refuse, terminal);
  warn_of_trained_images(model.checkpoint().images, images.files(), terminal);
  return calibrate_on(model, images, settings);
}

/// The calibration that is kept for these weights, or a new one. A new one is kept if it is the one
/// that the config asks for, or with --save.
Calibration calibration_of(const std::string& checkpoint, ImageModel& model,
                           const Arguments& arguments, Terminal& terminal) {
  const std::string file = calibration_file(checkpoint).string();
  const std::string weights = weights_checksum(model);
  const bool trial = asks_for_calibration(arguments), save = arguments.count("save") > 0;
  if (!trial) {
    const std::optional<KeptCalibration> kept = load_calibration(checkpoint);
    if (kept && kept->weights == weights) return kept->calibration;
    if (const auto inside = calibration_inside(model.checkpoint(), checkpoint)) return *inside;
    if (kept) {
      terminal.print(
          fmt::format("note: {} was made for other weights than {} holds now; calibrating anew",
                      file, checkpoint));
    }
  }
  const Calibration calibration = new_calibration(model, arguments, terminal);
  const std::string made = fmt::format("calibrated on {} defect-free images, threshold {:.6g}",
                                       calibration.images, calibration.threshold);
  if (trial && !save) {
    terminal.print(fmt::format("{}; for this once (--save keeps it in {})", made, file));
    return calibration;
  }
  try {
    save_calibration(checkpoint, {.weights = weights, .calibration = calibration});
    terminal.print(fmt::format("{}; kept in {}", made, file));
  } catch (const RunError& error) {
    if (save) throw;
    terminal.print(fmt::format("{}\nwarning: it is not kept: {}", made, error.what()));
  }
  return calibration;
}

/// Where the results of one run go.
struct Results {
  fs::path folder;
  fs::path scores() const { return folder / "scores.csv"; }
  fs::path json() const { return folder / "detection.json"; }
  fs::path overlays() const { return folder / "overlays"; }
  fs::path overlay(const std::string& name) const { return overlays() / (name + ".png"); }
};

/// Throws InputError if a result would replace something that is read.
void check_files(const std::string& checkpoint, const ImageModel& model, const ImageSource& source,
                 const Arguments& arguments, const Results& results) {
  FileGuard guard;
  guard.reads(checkpoint);
  guard.reads(source.files());
  guard.reads(data_files(model.trained().data, model.trained().folder));
  for (const char* option : {"labels", "masks", "boxes"}) {
    if (arguments.count(option) > 0) guard.reads(arguments[option].as<std::string>());
  }
  if (arguments.count("calibrate") > 0) {
    for (const std::string& input : texts_of(arguments, "calibrate"))
      guard.reads(ArrayPlace::parse(input).file);
  }
  guard.writes(results.scores());
  guard.writes(results.json());
  for (const std::string& name : source.names()) guard.writes(results.overlay(name));
  guard.check();
}

/// What the command line says about the images of these names.
GroundTruth truth_of(const Arguments& arguments, const std::vector<std::string>& names) {
  const auto text = [&](const char* option) { return arguments[option].as<std::string>(); };
  GroundTruth truth;
  std::vector<std::string> defective = names;  // as far as is known
  if (arguments.count("labels") > 0) {
    truth.labels.emplace(text("labels"), texts_of(arguments, "normal"), names);
    defective.clear();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (truth.labels->is_defective(static_cast<Index>(i))) defective.push_back(names[i]);
    }
  }
  using Kind = DefectMasks::Kind;
  if (arguments.count("masks") > 0) truth.masks.emplace(Kind::masks, text("masks"), defective);
  if (arguments.count("boxes") > 0) truth.masks.emplace(Kind::boxes, text("boxes"), defective);
  return truth;
}

void write_overlay(const fs::path& file, const Tensor& picture) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    throw RunError("cannot make the folder {}: {}", file.parent_path().string(), error.message());
  }
  write_image(file, view(picture));
}

/// Scores all images, and writes their overlays.
void run(ImageSource& source, ImageModel& model, const Results& results, Detection& detection,
         Terminal& terminal) {
  const auto done = [&] { return detection.findings().size(); };
  const auto leave_out_until = [&](std::size_t number) {
    while (done() < number) detection.add_unscorable(source.names()[done()]);
  };
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor outputs = model.reconstruct(images);
    const Shape sample = images.shape.sample();
    for (Index i = 0; i < batch->count(); ++i) {
      const std::string& name = batch->names[static_cast<std::size_t>(i)];
      leave_out_until(static_cast<std::size_t>(batch->origins[static_cast<std::size_t>(i)].number));
      write_overlay(results.overlay(name),
                    detection.add(name, images.slice(i, 1).reshaped(sample),
                                  view(outputs).slice(i, 1).reshaped(sample)));
    }
    terminal.update(fmt::format("{} images", done()));
  }
  leave_out_until(source.names().size());
  terminal.clear();
}

void warn_of_unscorable(const std::vector<Finding>& findings, Terminal& terminal) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) {
    if (!finding.score) names.push_back(finding.name);
  }
  if (names.empty()) return;
  terminal.print(fmt::format("warning: {} of {} images have no finite score and are flagged: {}",
                             names.size(), findings.size(), listed(names)));
}

}  // namespace

int run_detect(int argc, char** argv) {
  CommandLine line(
      "detect CHECKPOINT INPUT... [-o FOLDER] [--calibrate INPUT]... [--false-alarms RATE] "
      "[--save]",
      "Finds the images that a model cannot give back, and the places where. A threshold is "
      "calibrated on the images that training held out and kept beside the checkpoint; another "
      "one, "
      "by --calibrate or an option of the score, holds for this run, and is kept with --save. An "
      "image without a finite score is flagged.",
      "adjoint detect runs/boards/best.h5 scans/ -o findings --masks scans-masks/");
  const auto texts = [] { return cxxopts::value<std::vector<std::string>>(); };
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "input", "Image files, folders, .npy, .h5 or .h5:/dataset, IDX files", texts())(
      "o,out", "Folder for scores.csv, detection.json and overlays/ (default: detected)",
      cxxopts::value<std::string>()->default_value("detected"),
      "FOLDER")("calibrate", "Calibrate anew on these defect-free images", texts(), "INPUT")(
      "save", "Keep the new calibration beside the checkpoint")(
      "strict", "Refuse images that cannot be read, instead of flagging them")(
      "false-alarms", "Calibrate anew, to flag this share of defect-free images",
      cxxopts::value<double>(), "RATE")("residual", "Calibrate anew with this: l1, squared or ssim",
                                        cxxopts::value<std::string>(), "KIND")(
      "smoothing", "Calibrate anew with a Gaussian of so many pixels over the residual",
      cxxopts::value<double>(), "SIGMA")("score", "Calibrate anew with this: mean, max or quantile",
                                         cxxopts::value<std::string>(), "KIND")(
      "quantile", "Of the pixels, for --score quantile", cxxopts::value<double>(), "SHARE")(
      "labels", "What is true: CSV name,label, or .npy or IDX in order",
      cxxopts::value<std::string>(), "FILE")("normal", "Labels of defect-free images (default: 0)",
                                             texts()->default_value("0"), "LABEL")(
      "masks",
      "Folder of pictures, white where the image of that name (NAME or NAME_mask) is defective",
      cxxopts::value<std::string>(), "FOLDER")(
      "boxes", "Folder of texts, a line x1 y1 x2 y2 for each defect of the image of that name",
      cxxopts::value<std::string>(),
      "FOLDER")("max-memory", "Most memory for what is inside the model",
                cxxopts::value<std::string>()->default_value("1G"), "SIZE")(
      "threads", "Threads; 0: one for each processor", cxxopts::value<int>()->default_value("0"),
      "N")("json", "Print the result as JSON");
  add_white(line);
  line.positional({"checkpoint", "input"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  if (arguments->count("masks") > 0 && arguments->count("boxes") > 0)
    throw InputError("--masks and --boxes exclude each other");
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  const Results results{(*arguments)["out"].as<std::string>()};

  ProgramThreads pool(threads_of(*arguments));
  ImageModel model(checkpoint, pool, max_memory_of(*arguments));
  if (model.scale() != Extent2{1, 1}) {
    throw InputError(
        "detect compares an image with what the model gives back, and this model enlarges images");
  }
  Terminal terminal;
  ImageSource source = open_images(line.required<std::vector<std::string>>(*arguments, "input"),
                                   model, white_for(model, white_of(*arguments)),
                                   arguments->count("strict") > 0 ? ImageSource::Unreadable::refuse
                                                                  : ImageSource::Unreadable::skip,
                                   terminal);
  check_files(checkpoint, model, source, *arguments, results);
  GroundTruth truth = truth_of(*arguments, source.names());
  Detection detection(calibration_of(checkpoint, model, *arguments, terminal), std::move(truth));
  run(source, model, results, detection, terminal);
  warn_of_unscorable(detection.findings(), terminal);

  const Calibration& calibration = detection.calibration();
  const DetectionSummary summary = detection.summary();
  const std::string result = json_text(detection_json(calibration, summary, detection.findings()));
  write_text_file(results.scores(), scores_csv(detection.findings()));
  write_text_file(results.json(), result + "\n");
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", result);
  } else {
    fmt::print("{}scores       {}\noverlays     {}\n", detection_text(calibration, summary),
               results.scores().string(), results.overlays().string());
  }
  source.check_complete();
  return 0;
}

}  // namespace adjoint
