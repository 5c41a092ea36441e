#include "inference/detection/detect_in_memory.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"
#include "inference/detection/calibrate.hpp"
#include "inference/detection/hidden_cells.hpp"
#include "inference/images/image_queue.hpp"

namespace adjoint {
namespace {

/// Runs all images through the model and hands each, with its reconstruction, to a queue.
template <class Examine, class Keep>
void examine_images(ImageModel& model, const DetectionSettings& settings,
                    const ImagesInMemory& images, Examine examine, Keep keep) {
  check_detects(model);
  model.average_symmetries(settings.tta);
  ImageQueue queue(model.pool());
  for (Index first = 0; first < images.count; first += images.piece) {
    const Index count = std::min(images.piece, images.count - first);
    const ConstView pixels = images.pixels(first, count);
    const Tensor outputs = reconstruct_hidden(model, settings, pixels);
    for (Index i = 0; i < count; ++i) {
      queue.add({.number = first + i,
                 .name = name_in_memory(first + i),
                 .pixels = copy_of(pixels.slice(i, 1).reshaped(images.image)),
                 .output = copy_of(view(outputs).slice(i, 1).reshaped(images.image))});
      if (queue.is_full()) queue.run(examine, keep);
    }
  }
  queue.run(examine, keep);
}

}  // namespace

std::string name_in_memory(Index number) {
  return fmt::format("image {}", number);
}

void check_detects(const ImageModel& model) {
  if (model.scale() == Extent2{1, 1}) return;
  throw InputError(
      "detect compares an image with its reconstruction, and this model enlarges images");
}

Calibration calibrate_in_memory(ImageModel& model, const DetectionSettings& settings,
                                const ImagesInMemory& images) {
  Calibrator calibrator(settings, model.normalization());
  examine_images(
      model, settings, images,
      [&](const ImageQueue::Image& image) {
        return calibrator.examine(view(image.pixels), view(image.output));
      },
      [&](const ImageQueue::Image& image, const Calibrator::Examined& examined) {
        calibrator.add(image.name, examined);
      });
  return calibrator.finish();
}

std::vector<Finding> detect_in_memory(ImageModel& model, const Calibration& calibration,
                                      const ImagesInMemory& images,
                                      const std::function<void(ConstView)>& keep) {
  Detection detection(calibration, {}, model.normalization());
  examine_images(
      model, calibration.settings, images,
      [&](const ImageQueue::Image& one) {
        return detection.examine(one.number, one.name, view(one.pixels), view(one.output));
      },
      [&](const ImageQueue::Image&, const Detection::Examined& examined) {
        keep(view(examined.residual));
        detection.add(examined);
      });
  std::vector<std::string> names;
  for (Index i = 0; i < images.count; ++i) names.push_back(name_in_memory(i));
  detection.finish(names);
  return detection.findings();
}

}  // namespace adjoint
