#include "inference/detection/choose_calibration.hpp"

#include <fmt/format.h>

#include <set>

#include "framework/parallel/check_alike.hpp"
#include "framework/settings/name_list.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/calibrate.hpp"
#include "inference/detection/calibration_file.hpp"
#include "inference/images/weights_checksum.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {
namespace {

/// Warning about defect-free images that the model was trained on, if some of them are.
std::optional<std::string> trained_images_warning(const ImageRecord& record,
                                                  const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> trained;
  for (const auto& file : trained_on(record, files)) trained.push_back(file.string());
  if (trained.empty()) return std::nullopt;
  std::string remedy = "name other ones";
  if (!record.held_out.empty())
    remedy +=
        fmt::format(", or none to take the {} that training held out", record.held_out.size());
  return fmt::format(
      "warning: the model was trained on {} of the {} files of --calibrate ({}); it gives them "
      "back better than new images, so that more of these will be flagged than promised; {}",
      trained.size(), std::set(files.begin(), files.end()).size(), name_list(trained, 4), remedy);
}

}  // namespace

CalibrationChoice choose_calibration(ImageModel& model, const CalibrationRequest& request,
                                     Ranks& ranks) {
  const std::string& checkpoint = model.trained().path;
  const std::string file = calibration_file(checkpoint).string();
  const std::string weights = weights_checksum(model);
  CalibrationChoice choice;
  if (!request.is_trial()) {
    const std::optional<KeptCalibration> kept = load_calibration(checkpoint);
    // Nobody writes it before all have looked.
    check_alike(ranks, {{"kept calibration", kept ? write_config(*kept) : ""}});
    std::optional<Calibration> known = calibration_inside(model.checkpoint(), checkpoint);
    if (kept && kept->weights == weights) known = kept->calibration;
    if (known) {
      model.average_symmetries(known->settings.tta);
      return {*known, {}};
    }
    if (kept) {
      choice.notes.push_back(
          fmt::format("note: {} was made for other weights than {} holds now; calibrating anew",
                      file, checkpoint));
    }
  }
  const DetectionSettings settings =
      request.settings ? *request.settings : detection_settings(model.trained());
  model.average_symmetries(settings.tta);
  if (request.images) {
    if (const auto warning =
            trained_images_warning(model.checkpoint().images, request.images->files()))
      choice.notes.push_back(*warning);
    choice.calibration = calibrate_on(model, *request.images, settings, ranks);
  } else {
    choice.calibration = calibrate_on_held_out(model, settings, ranks);
  }
  const std::string made = fmt::format("calibrated on {} defect-free images, threshold {:.6g}",
                                       choice.calibration.images, choice.calibration.threshold);
  if (request.is_trial() && !request.save) {
    choice.notes.push_back(fmt::format("{}; for this once (--save keeps it in {})", made, file));
    return choice;
  }
  try {
    if (ranks.first())
      save_calibration(checkpoint, {.weights = weights, .calibration = choice.calibration});
    choice.notes.push_back(fmt::format("{}; kept in {}", made, file));
  } catch (const RunError& error) {
    if (request.save) throw;
    choice.notes.push_back(fmt::format("{}\nwarning: it is not kept: {}", made, error.what()));
  }
  return choice;
}

}  // namespace adjoint
