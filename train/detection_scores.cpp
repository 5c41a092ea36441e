#include "train/detection_scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "datasets/folder.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/calibrate.hpp"
#include "inference/detection/calibration_file.hpp"
#include "inference/images/weights_checksum.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Json = Page::Json;

constexpr std::size_t kHeatMaps = 8;
constexpr Index kHeatMapPixels = 250'000;

/// Pictures of the highest scores, as far as the folder has them.
std::vector<blocks::Figure> heat_maps(const fs::path& folder,
                                      std::vector<DetectionScores::Image> images) {
  const auto rank = [](const DetectionScores::Image& image) {
    return image.score.value_or(std::numeric_limits<double>::infinity());
  };
  std::ranges::stable_sort(images, std::ranges::greater(), rank);
  std::vector<blocks::Figure> figures;
  for (const DetectionScores::Image& image : images) {
    if (figures.size() == kHeatMaps) break;
    const fs::path file = folder / "overlays" / (image.name + ".png");
    if (!is_there(file)) continue;
    const Tensor pixels = read_image(file).pixels;
    const std::string text = fmt::format(
        "{}, score {}{}", image.name, image.score ? fmt::format("{:.5g}", *image.score) : "none",
        image.defective ? (*image.defective ? ", defective" : ", defect-free") : "");
    figures.push_back({.picture = page_picture(view(pixels), kHeatMapPixels),
                       .alt = "heat map of " + text,
                       .caption = text});
  }
  return figures;
}

}  // namespace

DetectionScores read_detection(const fs::path& folder) {
  const fs::path path = folder / "detection.json";
  std::ifstream file(path);
  if (!file) {
    throw InputError("{} is not there; expected a folder that `adjoint detect ... -o FOLDER` wrote",
                     path.string());
  }
  try {
    const Json json = Json::parse(file);
    const Json& calibration = json.at("calibration");
    DetectionScores scores{.threshold = calibration.at("threshold").get<double>(),
                           .false_alarms = calibration.at("false_alarms").get<double>(),
                           .calibrated_on = calibration.at("images").get<Index>(),
                           .origin = fmt::format("Scores of the images of {}.", folder.string())};
    if (json.contains("auroc")) scores.auroc = json.at("auroc").get<double>();
    for (const Json& one : json.value("findings", Json::array())) {
      DetectionScores::Image image{.name = one.at("name").get<std::string>()};
      if (one.at("score").is_number()) image.score = one.at("score").get<double>();
      if (one.contains("defective")) image.defective = one.at("defective").get<bool>();
      scores.images.push_back(std::move(image));
    }
    scores.heat_maps = heat_maps(folder, scores.images);
    return scores;
  } catch (const Json::exception& error) {
    throw InputError("{} is damaged: {}; run `adjoint detect` again", path.string(), error.what());
  }
}

std::optional<DetectionScores> held_out_scores(ImageModel& model) {
  const std::optional<KeptCalibration> kept = load_calibration(model.trained().path);
  if (!kept || kept->weights != weights_checksum(model)) return std::nullopt;
  const Calibration& calibration = kept->calibration;
  model.average_symmetries(calibration.settings.tta);
  const Calibrator found = score_held_out(model, calibration.settings);
  model.average_symmetries(false);
  DetectionScores scores{.threshold = calibration.threshold,
                         .false_alarms = calibration.settings.false_alarms,
                         .calibrated_on = calibration.images,
                         .origin =
                             "Scores of the images that training held out, which are taken as "
                             "defect-free. For images with known "
                             "defects, name the folder that `adjoint detect` wrote: adjoint report "
                             "RUN --detection FOLDER."};
  for (std::size_t i = 0; i < found.names().size(); ++i)
    scores.images.push_back({found.names()[i], found.scores()[i], false});
  return scores;
}

}  // namespace adjoint
