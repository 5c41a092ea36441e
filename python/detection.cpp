// Finds images with defects, as `adjoint detect` does.

#include "framework/tensor/error.hpp"
#include "inference/detection/choose_calibration.hpp"
#include "inference/detection/detect_in_memory.hpp"
#include "inference/detection/detection_report.hpp"
#include "models/config/config_text.hpp"
#include "python/interruption.hpp"
#include "python/model.hpp"
#include "python/settings.hpp"

namespace adjoint::python {
namespace {

/// What was found in some images.
struct Detected {
  Calibration calibration;
  std::vector<Finding> findings;
  py::array error_maps;  // (count, height, width)
};

/// Warns of a note that is a warning, and logs any other.
void tell(const std::string& note) {
  if (note.find("warning:") != std::string::npos) return warn(note);
  py::module_::import("logging").attr("getLogger")("adjoint").attr("info")("%s", note);
}

/// The images of an array as the library takes them; `room` holds those that are converted.
ImagesInMemory in_memory(const ImageArray& images, Tensor& room) {
  return {.count = images.count(),
          .image = images.image(),
          .piece = images.piece(),
          .pixels = [&](Index first, Index count) { return images.pixels(first, count, room); }};
}

/// The calibration of the model's config, kept beside the checkpoint.
Calibration usual_calibration(TrainedImageModel& self) {
  std::vector<std::string> notes;
  const Calibration calibration = self.run([&](ImageModel& model) {
    check_detects(model);
    if (!self.calibration) {
      CalibrationChoice choice = choose_calibration(model, {});
      self.calibration = std::move(choice.calibration);
      notes = std::move(choice.notes);
    }
    return *self.calibration;
  });
  for (const std::string& note : notes) tell(note);
  return calibration;
}

Calibration calibrate(TrainedImageModel& self, const py::object& x, const py::object& settings,
                      std::optional<double> white) {
  if (x.is_none() && settings.is_none()) return usual_calibration(self);
  const DetectionSettings asked =
      detection_settings(self.trained(), overrides_of(settings, "settings", "detection."));
  if (x.is_none()) {
    return self.run([&](ImageModel& model) {
      check_detects(model);
      return choose_calibration(model, {.settings = asked}).calibration;
    });
  }
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  return self.run([&](ImageModel& model) {
    Tensor room;
    return calibrate_in_memory(model, asked, in_memory(images, room));
  });
}

Detected detect(TrainedImageModel& self, const py::object& x,
                const std::optional<Calibration>& given, std::optional<double> white) {
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  const Calibration calibration = given ? *given : usual_calibration(self);
  const Shape& image = images.image();
  ResultArray maps({images.count(), image[0], image[1]}, NumberKind::f32, 1);
  const std::vector<Finding> findings = self.run([&](ImageModel& model) {
    Tensor room;
    return detect_in_memory(model, calibration, in_memory(images, room),
                            [&](ConstView residual) { maps.append(residual); });
  });
  if (const auto warning = unscorable_warning(findings)) warn(*warning);
  if (const auto warning = size_warning(calibration, findings)) warn(*warning);
  return {calibration, findings, maps.array()};
}

py::array_t<double> scores_of(const Detected& self) {
  py::array_t<double> scores(static_cast<py::ssize_t>(self.findings.size()));
  double* to = scores.mutable_data();
  for (const Finding& finding : self.findings)
    *to++ = finding.score.value_or(std::numeric_limits<double>::quiet_NaN());
  return scores;
}

py::array_t<bool> flags_of(const Detected& self) {
  py::array_t<bool> flags(static_cast<py::ssize_t>(self.findings.size()));
  bool* to = flags.mutable_data();
  for (const Finding& finding : self.findings) *to++ = finding.flagged;
  return flags;
}

std::string text_of_detected(const Detected& self) {
  const auto flagged = std::ranges::count_if(self.findings, &Finding::flagged);
  return fmt::format("<adjoint.Detection: {} of {} images flagged, threshold {:.6g}>", flagged,
                     self.findings.size(), self.calibration.threshold);
}

}  // namespace

void bind_detection(py::class_<TrainedImageModel, ModelPtr>& model, py::module_& module) {
  py::class_<Calibration>(module, "Calibration",
                          "The score above which an image is flagged, learned from defect-free "
                          "images.")
      .def_readonly("threshold", &Calibration::threshold, "An image above it is flagged.")
      .def_readonly("images", &Calibration::images, "Number of images that it was learned from.")
      .def_readonly("colour_scale", &Calibration::colour_scale,
                    "The largest residual of these images: where a colour map of error_maps may "
                    "end.")
      .def_property_readonly(
          "settings",
          [](const Calibration& self) {
            return py::dict(
                py::module_::import("tomllib").attr("loads")(write_config(self.settings)));
          },
          "The keys of [detection] that it was made with, as a dict.")
      .def("__repr__", [](const Calibration& self) {
        return fmt::format("<adjoint.Calibration: threshold {:.6g}, of {} images>", self.threshold,
                           self.images);
      });
  py::class_<Detected>(module, "Detection", "What detect() found in some images.")
      .def_property_readonly("scores", &scores_of,
                             "(count,) float64: how badly each image is reconstructed; NaN where "
                             "its values are not finite.")
      .def_property_readonly("flags", &flags_of,
                             "(count,) bool: scores above the threshold, and images without a "
                             "score.")
      .def_property_readonly("threshold",
                             [](const Detected& self) { return self.calibration.threshold; })
      .def_readonly("error_maps", &Detected::error_maps,
                    "(count, height, width) float32: the residual of each pixel.")
      .def_readonly("calibration", &Detected::calibration)
      .def("__len__", [](const Detected& self) { return self.findings.size(); })
      .def("__repr__", &text_of_detected);
  model
      .def("calibrate", &calibrate, py::arg("x") = py::none(), py::kw_only(),
           py::arg("settings") = py::none(), py::arg("white") = py::none(),
           R"(Learns the threshold of detect() from defect-free images.

x: defect-free images that the model was not trained on, as denoise() takes them; by default those
    that its training held out.
settings: keys of [detection] to change, such as {"false_alarms": 0.01, "margin": 4}.
white: as in denoise().

Without x and settings it is the calibration of the model's config, which is kept in a file beside
the checkpoint, as by `adjoint detect`; any other is returned, and not kept.
Raises InputError if there are too few images for the rate of false alarms, or one has no score.)")
      .def("detect", &detect, py::arg("x"), py::kw_only(), py::arg("calibration") = py::none(),
           py::arg("white") = py::none(),
           R"(Flags images that the model reconstructs badly, and shows where.

x: as denoise() takes it, and read likewise without a copy. One image counts as a batch of one.
calibration: of calibrate(); by default calibrate() without arguments.
Returns a Detection. Raises InputError if x is no image for the model or the model enlarges images.
Warns (UserWarning) of images without a score, and of a size that the threshold does not suit.)");
}

}  // namespace adjoint::python
