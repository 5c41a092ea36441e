// Finds images with defects, as `adjoint detect` does.

#include "framework/tensor/error.hpp"
#include "inference/detection/choose_calibration.hpp"
#include "inference/detection/detection_report.hpp"
#include "inference/detection/hidden_cells.hpp"
#include "inference/images/image_queue.hpp"
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

void check_scale(const ImageModel& model) {
  if (model.scale() == Extent2{1, 1}) return;
  throw InputError(
      "detect compares an image with its reconstruction, and this model enlarges images");
}

/// Warns of a note that is a warning, and logs any other.
void tell(const std::string& note) {
  if (note.find("warning:") != std::string::npos) return warn(note);
  py::module_::import("logging").attr("getLogger")("adjoint").attr("info")("%s", note);
}

std::string name_of(Index number) {
  return fmt::format("image {}", number);
}

/// Runs all images through the model and hands each, with its reconstruction, to a queue.
template <class Examine, class Keep>
void examine_images(const ImageArray& images, const DetectionSettings& settings, ImageModel& model,
                    Examine examine, Keep keep) {
  model.average_symmetries(settings.tta);
  ImageQueue queue(model.pool());
  for (Index first = 0; first < images.count(); first += images.piece()) {
    const Index count = std::min(images.piece(), images.count() - first);
    Tensor room;
    const ConstView pixels = images.pixels(first, count, room);
    const Tensor outputs = reconstruct_hidden(model, settings, pixels);
    for (Index i = 0; i < count; ++i) {
      queue.add({.number = first + i,
                 .name = name_of(first + i),
                 .pixels = copy_of(pixels.slice(i, 1).reshaped(images.image())),
                 .output = copy_of(view(outputs).slice(i, 1).reshaped(images.image()))});
      if (queue.is_full()) queue.run(examine, keep);
    }
  }
  queue.run(examine, keep);
}

Calibration calibrate_on_array(const ImageArray& images, const DetectionSettings& settings,
                               ImageModel& model) {
  Calibrator calibrator(settings, model.normalization());
  examine_images(
      images, settings, model,
      [&](const ImageQueue::Image& image) {
        return calibrator.examine(view(image.pixels), view(image.output));
      },
      [&](const ImageQueue::Image& image, const Calibrator::Examined& examined) {
        calibrator.add(image.name, examined);
      });
  return calibrator.finish();
}

/// The calibration of the model's config, kept beside the checkpoint.
Calibration usual_calibration(TrainedImageModel& self) {
  std::vector<std::string> notes;
  const Calibration calibration = self.run([&](ImageModel& model) {
    check_scale(model);
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
      check_scale(model);
      return choose_calibration(model, {.settings = asked}).calibration;
    });
  }
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  return self.run([&](ImageModel& model) {
    check_scale(model);
    return calibrate_on_array(images, asked, model);
  });
}

Detected detect(TrainedImageModel& self, const py::object& x,
                const std::optional<Calibration>& given, std::optional<double> white) {
  const ImageArray images(x, self.images(), white);
  if (const auto warning = images.level_warning()) warn(*warning);
  const Calibration calibration = given ? *given : usual_calibration(self);
  const Shape& image = images.image();
  ResultArray maps({images.count(), image[0], image[1]}, NumberKind::f32, 1);
  Detection detection(calibration, {}, self.trained().normalization);
  self.run([&](ImageModel& model) {
    check_scale(model);
    examine_images(
        images, calibration.settings, model,
        [&](const ImageQueue::Image& one) {
          return detection.examine(one.number, one.name, view(one.pixels), view(one.output));
        },
        [&](const ImageQueue::Image&, const Detection::Examined& examined) {
          maps.append(view(examined.residual));
          detection.add(examined);
        });
    std::vector<std::string> names;
    for (Index i = 0; i < images.count(); ++i) names.push_back(name_of(i));
    detection.finish(names);
  });
  const std::vector<Finding>& findings = detection.findings();
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

std::string representation(const Detected& self) {
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
      .def("__repr__", &representation);
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
