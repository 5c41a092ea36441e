#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/csv.hpp"
#include "datasets/image_file.hpp"
#include "datasets/image_folder_dataset.hpp"
#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"
#include "train/command_line.hpp"
#include "train/commands/commands.hpp"
#include "train/detect/calibration.hpp"
#include "train/detect/ground_truth.hpp"
#include "train/detect/overlay.hpp"
#include "train/detect/ranking.hpp"
#include "train/detect/residual.hpp"
#include "train/image_source.hpp"
#include "train/json_text.hpp"
#include "train/program_threads.hpp"
#include "train/run_folder.hpp"
#include "train/terminal.hpp"

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

void calibrate_on_images(ImageModel& model, const std::vector<std::string>& inputs,
                         Calibrator& calibrator) {
  ImageSource source(inputs, model.channels(), ImageSource::Unreadable::refuse);
  while (const std::optional<ImageBatch> batch = source.next()) {
    const Tensor output = model.reconstruct(view(std::as_const(batch->pixels)));
    calibrator.add(view(std::as_const(batch->pixels)), view(output));
  }
}

/// On what training held out, as whole images where it took patches of them.
void calibrate_on_validation_data(ImageModel& model, Calibrator& calibrator) {
  const Config& config = model.config();
  DataSpec data = config.data;
  if (auto* images = std::any_cast<ImageFolderSpec>(&data.settings)) images->patches.reset();
  const Split split = open_split(data, static_cast<std::uint64_t>(config.seed), config.folder);
  if (!split.validation) {
    throw InputError(
        "the model's config holds out no validation data to calibrate on; name defect-free images "
        "with --calibrate");
  }
  const Dataset& images = *split.validation;
  const Index batch = std::max<Index>(1, (Index{1} << 22) / images.shape().size());
  for (Index first = 0; first < images.size(); first += batch) {
    const Index count = std::min(batch, images.size() - first);
    Tensor pixels = make_tensor(images.shape().batched(count));
    for (Index i = 0; i < count; ++i)
      images.read(first + i, kFixedEpoch, view(pixels).slice(i, 1).reshaped(images.shape()));
    const Tensor output = model.reconstruct(view(std::as_const(pixels)));
    calibrator.add(view(std::as_const(pixels)), view(output));
  }
}

/// The calibration that the checkpoint keeps, or a new one, which is then kept there.
Calibration calibration_of(const std::string& checkpoint, ImageModel& model,
                           const Arguments& arguments, Terminal& terminal) {
  if (!asks_for_calibration(arguments)) {
    if (const std::optional<Calibration> kept = load_calibration(checkpoint)) return *kept;
  }
  Calibrator calibrator(settings_of(model.config().detection, arguments));
  if (arguments.count("calibrate") > 0) {
    calibrate_on_images(model, arguments["calibrate"].as<std::vector<std::string>>(), calibrator);
  } else {
    calibrate_on_validation_data(model, calibrator);
  }
  const Calibration calibration = calibrator.finish();
  save_calibration(checkpoint, calibration);
  terminal.print(fmt::format("calibrated on {} defect-free images, threshold {:.6g}; kept in {}",
                             calibration.images, calibration.threshold, checkpoint));
  return calibration;
}

/// One image and what was found.
struct Finding {
  std::string name;
  double score = 0;
  bool flagged = false;
  std::optional<bool> defective;  // where that is known
};

/// Scores images one by one, writes their overlays, and holds them against what is known.
class Inspector {
 public:
  Inspector(const Calibration& calibration, const Arguments& arguments, const fs::path& out)
      : calibration_(calibration), overlays_(out / "overlays") {
    if (arguments.count("labels") > 0) {
      labels_.emplace(arguments["labels"].as<std::string>(),
                      arguments["normal"].as<std::vector<std::string>>());
    }
    using Kind = DefectMasks::Kind;
    if (arguments.count("masks") > 0)
      masks_.emplace(Kind::masks, arguments["masks"].as<std::string>());
    if (arguments.count("boxes") > 0)
      masks_.emplace(Kind::boxes, arguments["boxes"].as<std::string>());
    if (masks_) pixels_.emplace();
    std::error_code error;
    fs::create_directories(overlays_, error);
    if (error) throw RunError("cannot make the folder {}: {}", overlays_.string(), error.message());
  }

  void add(const std::string& name, ConstView image, ConstView output) {
    const Tensor residual = residual_map(calibration_.settings, image, output);
    Finding finding{.name = name, .score = image_score(calibration_.settings, view(residual))};
    finding.flagged = finding.score > calibration_.threshold;
    if (labels_)
      finding.defective = labels_->is_defective(name, static_cast<Index>(findings_.size()));
    if (masks_) {
      std::optional<Tensor> mask;
      if (finding.defective.value_or(true))
        mask = masks_->mask(name, image.shape[0], image.shape[1]);
      pixels_->add(view(residual), mask ? view(std::as_const(*mask)) : ConstView{});
      if (!labels_) finding.defective = mask.has_value();
    }
    const Tensor heat = overlay(image, view(residual), calibration_.colour_scale);
    const Tensor shown = with_channels(image, 3), given_back = with_channels(output, 3);
    const Shape row = shape_of(shown).batched(1);
    const Tensor picture = image_grid(
        {view(shown).reshaped(row), view(given_back).reshaped(row), view(heat).reshaped(row)});
    const fs::path file = overlays_ / (name + ".png");
    fs::create_directories(file.parent_path());
    write_image(file, view(picture));
    findings_.push_back(std::move(finding));
  }

  const std::vector<Finding>& findings() const { return findings_; }

  /// Counts and, where the truth is known, how well it was found.
  nlohmann::ordered_json summary() const {
    if (masks_) masks_->check_used();
    nlohmann::ordered_json result;
    result["images"] = findings_.size();
    result["flagged"] = std::ranges::count_if(findings_, &Finding::flagged);
    std::vector<double> scores;
    std::vector<bool> defective;
    Index normal = 0, false_alarms = 0, found = 0;
    for (const Finding& finding : findings_) {
      if (!finding.defective) return result;
      scores.push_back(finding.score);
      defective.push_back(*finding.defective);
      normal += *finding.defective ? 0 : 1;
      if (finding.flagged) ++(*finding.defective ? found : false_alarms);
    }
    const Index bad = static_cast<Index>(findings_.size()) - normal;
    result["defective"] = bad;
    if (bad > 0) result["found"] = static_cast<double>(found) / static_cast<double>(bad);
    if (normal > 0) {
      result["false_alarm_rate"] = static_cast<double>(false_alarms) / static_cast<double>(normal);
    }
    if (bad > 0 && normal > 0) {
      const Ranking images = ranking(scores, defective);
      result["auroc"] = images.auroc;
      result["average_precision"] = images.average_precision;
    }
    if (pixels_ && bad > 0) {
      const Ranking pixels = pixels_->result();
      result["pixel_auroc"] = pixels.auroc;
      result["pixel_average_precision"] = pixels.average_precision;
    }
    return result;
  }

 private:
  Calibration calibration_;
  fs::path overlays_;
  std::optional<ImageLabels> labels_;
  std::optional<DefectMasks> masks_;
  std::optional<PixelRanking> pixels_;
  std::vector<Finding> findings_;
};

std::string csv_of(const std::vector<Finding>& findings) {
  std::string csv = csv_line({"name", "score", "flagged", "defective"});
  for (const Finding& finding : findings) {
    csv += csv_line({finding.name, fmt::format("{}", finding.score), finding.flagged ? "1" : "0",
                     finding.defective ? (*finding.defective ? "1" : "0") : ""});
  }
  return csv;
}

nlohmann::ordered_json document(const Calibration& calibration, nlohmann::ordered_json summary,
                                const std::vector<Finding>& findings) {
  const DetectionSettings& settings = calibration.settings;
  nlohmann::ordered_json result;
  result["calibration"] = {
      {"residual", settings.residual},
      {"smoothing", settings.smoothing},
      {"score", settings.score},
      {"false_alarms", settings.false_alarms},
      {"images", calibration.images},
      {"threshold", calibration.threshold},
      {"colour_scale", calibration.colour_scale},
  };
  if (settings.score == "quantile") result["calibration"]["quantile"] = settings.quantile;
  result.update(summary);
  for (const Finding& finding : findings) {
    nlohmann::ordered_json one{
        {"name", finding.name}, {"score", finding.score}, {"flagged", finding.flagged}};
    if (finding.defective) one["defective"] = *finding.defective;
    result["findings"].push_back(one);
  }
  return result;
}

void print_summary(const nlohmann::ordered_json& summary, const Calibration& calibration,
                   const fs::path& out) {
  const auto percent = [&](const char* key) { return 100 * summary[key].get<double>(); };
  fmt::print("{} images, {} flagged (score above {:.6g})\n", summary["images"].get<Index>(),
             summary["flagged"].get<Index>(), calibration.threshold);
  if (summary.contains("found")) {
    fmt::print("found        {:.1f} % of {} defective images\n", percent("found"),
               summary["defective"].get<Index>());
  }
  if (summary.contains("false_alarm_rate")) {
    fmt::print("false alarms {:.1f} % of the others (calibrated for at most {:.1f} %)\n",
               percent("false_alarm_rate"), 100 * calibration.settings.false_alarms);
  }
  if (summary.contains("auroc")) {
    fmt::print("AUROC        {:.4f}, average precision {:.4f}\n", summary["auroc"].get<double>(),
               summary["average_precision"].get<double>());
  }
  if (summary.contains("pixel_auroc")) {
    fmt::print("pixels       AUROC {:.4f}, average precision {:.4f}\n",
               summary["pixel_auroc"].get<double>(),
               summary["pixel_average_precision"].get<double>());
  }
  fmt::print("scores       {}\noverlays     {}\n", (out / "scores.csv").string(),
             (out / "overlays").string());
}

}  // namespace

int run_detect(int argc, char** argv) {
  CommandLine line(
      "detect CHECKPOINT INPUT... [-o FOLDER] [--calibrate INPUT]... [--false-alarms RATE]",
      "Finds the images that a model cannot give back, and the places where. A threshold is "
      "calibrated on defect-free images (those that training held out, or --calibrate) and kept in "
      "the checkpoint.",
      "adjoint detect runs/boards/best.h5 scans/ -o findings --masks scans-masks/");
  const auto texts = [] { return cxxopts::value<std::vector<std::string>>(); };
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "input", "Image files, folders, .npy, .h5 or .h5:/dataset, IDX files", texts())(
      "o,out", "Folder for scores.csv, detection.json and overlays/ (default: detected)",
      cxxopts::value<std::string>()->default_value("detected"),
      "FOLDER")("calibrate", "Calibrate anew on these defect-free images", texts(), "INPUT")(
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
      "masks", "Folder of pictures, white where the image of that name is defective",
      cxxopts::value<std::string>(), "FOLDER")(
      "boxes", "Folder of texts, a line x1 y1 x2 y2 for each defect of the image of that name",
      cxxopts::value<std::string>(),
      "FOLDER")("max-memory", "Most memory for what is inside the model",
                cxxopts::value<std::string>()->default_value("1G"), "SIZE")(
      "threads", "Threads; 0: one for each processor", cxxopts::value<int>()->default_value("0"),
      "N")("json", "Print the result as JSON");
  line.positional({"checkpoint", "input"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  if (arguments->count("masks") > 0 && arguments->count("boxes") > 0)
    throw InputError("--masks and --boxes exclude each other");
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  const fs::path out = (*arguments)["out"].as<std::string>();

  ProgramThreads pool(threads_of(*arguments));
  ImageModel model(checkpoint, pool, max_memory_of(*arguments));
  if (model.scale() != Extent2{1, 1}) {
    throw InputError(
        "detect compares an image with what the model gives back, and this model enlarges images");
  }
  Terminal terminal;
  ImageSource source(line.required<std::vector<std::string>>(*arguments, "input"),
                     model.channels());
  for (const std::string& note : source.unread()) terminal.print(note);
  const Calibration calibration = calibration_of(checkpoint, model, *arguments, terminal);
  Inspector inspector(calibration, *arguments, out);
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor outputs = model.reconstruct(images);
    const Shape sample = images.shape.sample();
    for (Index i = 0; i < batch->count(); ++i) {
      inspector.add(batch->names[static_cast<std::size_t>(i)], images.slice(i, 1).reshaped(sample),
                    view(outputs).slice(i, 1).reshaped(sample));
    }
    terminal.update(fmt::format("{} images", inspector.findings().size()));
  }
  terminal.clear();
  const nlohmann::ordered_json summary = inspector.summary();
  const nlohmann::ordered_json result = document(calibration, summary, inspector.findings());
  write_text_file(out / "scores.csv", csv_of(inspector.findings()));
  write_text_file(out / "detection.json", json_text(result) + "\n");
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", json_text(result));
  } else {
    print_summary(summary, calibration, out);
  }
  source.check_complete();
  return 0;
}

}  // namespace adjoint
